//! Who somebody is: passwords, sessions, and patience with wrong ones.

mod attempts;
mod cookie;
mod origin;
mod password;
mod sessions;

pub(crate) use attempts::Attempts;
pub(crate) use cookie::{clear as clear_cookie, set as set_cookie, token as cookie_token};
pub(crate) use origin::check as check_origin;
pub(crate) use password::{LONGEST, SHORTEST};
pub use password::{PasswordError, hash_password};
pub(crate) use password::{Passwords, Verified};
pub(crate) use sessions::{Sessions, new_token, token_hash};

use domain::Time;
use store::{Role, User};

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Name to sign in with.
    pub(crate) name: String,
    /// Name as printed.
    pub(crate) full_name: String,
    /// What they may do.
    pub(crate) role: Role,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self { name: user.name, full_name: user.full_name, role: user.role }
    }
}

/// Sessions last in real time: a drill's clock may run a thousand times faster.
pub(crate) fn real_now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Time::from_millis(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

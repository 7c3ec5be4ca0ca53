//! Passwords: argon2id with its own salt, a few at a time.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use domain::form::{composed, decomposed};
use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// Shortest password, in characters (NIST SP 800-63B §3.1.1.2 asks for 8 at least).
pub(crate) const SHORTEST: usize = 12;
/// Longest password, in bytes: argon2 takes any, the network should not.
pub(crate) const LONGEST: usize = 256;
/// A password check waits this long for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// Checked when there is no such user, so that the answer takes as long as for a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cXVhbnRyYWMtbm9ib2R5$\
                      ejA1T7TQSTVvUq4DAqCtzzZvBz3K2b1ZQ6cYFxDJxLk";

/// Why a password cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Guessed in no time.
    #[error("the password has {0} characters: use {SHORTEST} or more")]
    TooShort(usize),
    /// Longer than the sign-in takes.
    #[error("the password has {0} bytes: use {LONGEST} or fewer")]
    TooLong(usize),
    /// The system gave no random numbers, or no memory.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

/// The hash of a new password, as a PHC string with a random salt.
///
/// # Errors
/// The password is too short or too long, or the system has no random numbers.
///
/// ```
/// let hash = web::hash_password("mưa lũ sông Kôn")?;
/// assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// assert!(web::hash_password("short").is_err());
/// # Ok::<(), web::PasswordError>(())
/// ```
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    let password = composed(password);
    let characters = password.chars().count();
    if characters < SHORTEST {
        return Err(PasswordError::TooShort(characters));
    }
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong(password.len()));
    }
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Whether a password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verified {
    Right,
    Wrong,
}

/// Checks a few passwords at a time, so that a flood of sign-ins cannot take the machine.
#[derive(Debug)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Compares a password with a stored hash; `None` = there is no such user, which takes as long.
    ///
    /// # Errors
    /// Too many wait already.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<Verified, Problem> {
        if composed(&password).len() > LONGEST {
            return Ok(Verified::Wrong);
        }
        let crowded =
            || Problem::new(Kind::Crowded, "many are signing in now: try again").retry_after(5);
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let place = turn.map_err(|_| crowded())?.map_err(|_| crowded())?;
        let work = move || {
            // The place belongs to the work, which goes on when the person has hung up.
            let _held_until_the_end = place;
            matches(&password, hash.as_deref())
        };
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
    }
}

/// A keyboard may send letters apart and another whole; both mean the same password. A hash from before was made of the
/// letters as they came, so that form is tried too, and the decomposed one that some telephones send.
fn matches(password: &str, hash: Option<&str>) -> Verified {
    let check = |text: &str, password: &str| {
        let parsed = PasswordHash::new(text).ok()?;
        Argon2::default().verify_password(password.as_bytes(), &parsed).ok()
    };
    let mut forms = vec![composed(password), Cow::Borrowed(password), decomposed(password)];
    forms.dedup();
    // All are tried, whoever it is, so that time tells nothing of the account.
    let right = forms.iter().filter(|form| check(hash.unwrap_or(NOBODY), form).is_some()).count();
    if right > 0 && hash.is_some() { Verified::Right } else { Verified::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_own_password_only() {
        let hash = hash_password("correct horse battery").expect("a hash");
        assert_eq!(matches("correct horse battery", Some(&hash)), Verified::Right);
        assert_eq!(matches("correct horse batterz", Some(&hash)), Verified::Wrong);
        assert_eq!(matches("correct horse battery", None), Verified::Wrong);
        assert_eq!(matches("x", Some("not a hash")), Verified::Wrong);
    }

    #[test]
    fn a_password_is_the_same_whichever_keyboard_types_it() {
        let (whole, apart) = ("lũ sông Kôn 2013", "lu\u{303} so\u{302}ng Ko\u{302}n 2013");
        for made in [whole, apart] {
            let hash = hash_password(made).expect("a hash");
            for typed in [whole, apart] {
                assert_eq!(matches(typed, Some(&hash)), Verified::Right, "{made:?} {typed:?}");
            }
            assert_eq!(matches("lu song Kon 2013", Some(&hash)), Verified::Wrong);
        }
        // From before passwords were brought into one form.
        for made in [whole, apart] {
            let old: PasswordHash =
                Argon2::default().hash_password(made.as_bytes()).expect("a hash");
            for typed in [whole, apart] {
                assert_eq!(matches(typed, Some(&old.to_string())), Verified::Right, "{made:?}");
            }
        }
    }

    #[tokio::test]
    async fn who_hangs_up_does_not_give_away_the_place_of_a_check_that_goes_on() {
        let passwords = Passwords::new(1);
        let mut asked = Box::pin(passwords.verify("correct horse battery".to_owned(), None));
        assert!(futures::poll!(asked.as_mut()).is_pending());
        drop(asked);
        assert_eq!(passwords.0.available_permits(), 0, "a check takes longer than that");
        let next = passwords.verify("correct horse battery".to_owned(), None).await;
        assert_eq!(next.expect("its turn comes"), Verified::Wrong);
    }

    #[test]
    fn nobody_has_a_hash_that_costs_as_much_as_a_real_one() {
        let parsed = PasswordHash::new(NOBODY).expect("a whole hash");
        let real = hash_password("correct horse battery").expect("a hash");
        let real = PasswordHash::new(&real).expect("a whole hash");
        assert_eq!(parsed.params.to_string(), real.params.to_string());
    }
}

//! Slows down who guesses passwords.
//!
//! Counted per (name, address) and per address, not per name alone: nobody can lock a duty officer
//! out from elsewhere.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords before waiting begins, for one name from one address.
const FREE: u32 = 5;
/// The same for one address over all names: an office may share one.
const FREE_PER_ADDRESS: u32 = 30;
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// Wrong passwords are forgotten after this long.
const FORGOTTEN: Duration = Duration::from_secs(1_800);
/// Most entries kept at a time.
const MOST: usize = 20_000;

/// Wrong passwords lately.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<(String, IpAddr), Failures>>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn open_at(self, free: u32) -> Instant {
        let Some(over) = self.count.checked_sub(free) else { return self.last };
        self.last + Duration::from_secs(1 << over.min(10)).min(LONGEST)
    }
}

impl Attempts {
    /// Counts an attempt as failed until [`Self::succeeded`]; so a hundred at once are a hundred.
    ///
    /// # Errors
    /// Seconds to wait before the next attempt is looked at.
    pub(crate) fn begin(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST {
            table.retain(|_, failures| now.duration_since(failures.last) < FORGOTTEN);
        }
        if table.len() >= MOST {
            table.clear();
        }
        let keys =
            [((name.to_owned(), address), FREE), ((String::new(), address), FREE_PER_ADDRESS)];
        for (key, free) in &keys {
            let open_at = table.get(key).map_or(now, |failures| failures.open_at(*free));
            if open_at > now {
                return Err(open_at.duration_since(now).as_secs() + 1);
            }
        }
        for (key, _) in keys {
            let failures = table.entry(key).or_insert(Failures { count: 0, last: now });
            let forgotten = now.duration_since(failures.last) >= FORGOTTEN;
            failures.count = if forgotten { 1 } else { failures.count + 1 };
            failures.last = now;
        }
        Ok(())
    }

    /// The password was right: what was counted for it is forgotten.
    pub(crate) fn succeeded(&self, name: &str, address: IpAddr) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.remove(&(name.to_owned(), address));
        if let Some(failures) = table.get_mut(&(String::new(), address)) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn guessing_slows_down_and_only_for_that_name_at_that_address() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..FREE {
            assert_eq!(attempts.begin("lan", HERE, now), Ok(()));
        }
        assert_eq!(attempts.begin("lan", HERE, now), Err(2));
        assert_eq!(attempts.begin("lan", THERE, now), Ok(()));
        assert_eq!(attempts.begin("minh", HERE, now), Ok(()));
        let later = now + Duration::from_secs(2);
        assert_eq!(attempts.begin("lan", HERE, later), Ok(()));
        assert_eq!(attempts.begin("lan", HERE, later), Err(3), "the wait doubles");
    }

    #[test]
    fn a_right_password_forgets_the_wrong_ones() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(attempts.begin("lan", HERE, now), Ok(()));
            attempts.succeeded("lan", HERE);
        }
    }

    #[test]
    fn many_names_from_one_address_slow_down_too() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let names = (0..100).map(|n| format!("name{n}"));
        let taken = names.filter(|name| attempts.begin(name, HERE, now).is_ok()).count();
        assert_eq!(taken, FREE_PER_ADDRESS as usize);
    }
}

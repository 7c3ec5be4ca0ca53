//! Wrong passwords, counted, so that guessing gets nowhere and costs us little.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// For how long a wrong password counts.
const WINDOW: Duration = Duration::from_secs(60);
/// Wrong passwords for one account from one address within the window; then it is not even looked at.
const PER_ACCOUNT: u32 = 10;
/// Wrong passwords from one address within the window that are worth a line in the log each. More does not
/// shut the address: many stations may share that of a mobile network, and the right password still opens.
const PER_ADDRESS: u32 = 100;
/// How many counts are kept; beyond, old ones go, and if all are new, all.
const MOST: usize = 20_000;

/// Wrong passwords lately.
#[derive(Default)]
pub(crate) struct Attempts {
    accounts: HashMap<u64, Tally>,
    addresses: HashMap<IpAddr, Tally>,
}

#[derive(Clone, Copy)]
struct Tally {
    count: u32,
    since: Instant,
}

impl Attempts {
    /// Whether there were too many for this account from there. The credential is part of the account: a new
    /// one starts afresh.
    pub(crate) fn too_many(
        &self,
        from: IpAddr,
        name: &str,
        credential: &str,
        now: Instant,
    ) -> bool {
        self.accounts.get(&account(from, name, credential)).is_some_and(|tally| {
            tally.count >= PER_ACCOUNT && now.duration_since(tally.since) < WINDOW
        })
    }

    /// Counts one more; `true` = the address is only guessing.
    pub(crate) fn failed(
        &mut self,
        from: IpAddr,
        name: &str,
        credential: &str,
        now: Instant,
    ) -> bool {
        count(&mut self.accounts, account(from, name, credential), now);
        count(&mut self.addresses, from, now) > PER_ADDRESS
    }
}

fn account(from: IpAddr, name: &str, credential: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (from, name, credential).hash(&mut hasher);
    hasher.finish()
}

fn count<K: Eq + Hash>(tallies: &mut HashMap<K, Tally>, key: K, now: Instant) -> u32 {
    if tallies.len() >= MOST {
        tallies.retain(|_, tally| now.duration_since(tally.since) < WINDOW);
    }
    if tallies.len() >= MOST {
        tallies.clear();
    }
    let tally = tallies.entry(key).or_insert(Tally { count: 0, since: now });
    if now.duration_since(tally.since) >= WINDOW {
        *tally = Tally { count: 0, since: now };
    }
    tally.count += 1;
    tally.count
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn ten_wrong_passwords_shut_one_account_at_one_address_for_a_minute() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..PER_ACCOUNT {
            assert!(!attempts.too_many(HERE, "kon", "old", now));
            attempts.failed(HERE, "kon", "old", now);
        }
        assert!(attempts.too_many(HERE, "kon", "old", now));
        assert!(!attempts.too_many(THERE, "kon", "old", now), "another address");
        assert!(!attempts.too_many(HERE, "lai-giang", "old", now), "another account");
        assert!(!attempts.too_many(HERE, "kon", "new", now), "a new credential works at once");
        assert!(!attempts.too_many(HERE, "kon", "old", now + WINDOW), "a minute later");
    }

    #[test]
    fn guessing_many_names_is_noticed_and_shuts_nobody_else_out() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..PER_ADDRESS {
            assert!(!attempts.failed(HERE, &format!("name-{n}"), "", now));
        }
        assert!(attempts.failed(HERE, "one-more", "", now));
        assert!(!attempts.too_many(HERE, "kon", "old", now));
        assert!(!attempts.failed(THERE, "name-1", "", now));
    }

    #[test]
    fn the_memory_for_wrong_passwords_is_limited() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..MOST + 10 {
            attempts.failed(HERE, &format!("name-{n}"), "", now);
        }
        assert!(attempts.accounts.len() <= MOST);
    }
}

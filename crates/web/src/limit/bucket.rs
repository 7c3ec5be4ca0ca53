//! Token buckets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config::Rate;

/// Whose bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Of somebody who is not signed in.
    Address(IpAddr),
    /// Of somebody there who signs in, confirms a receipt, or shows a session not looked up lately.
    Entrance(IpAddr),
    /// Of a person.
    Person(String),
    /// Of all that found no place in the table.
    Rest,
}

/// Most buckets kept at a time, some 5 MB.
const MOST: usize = 50_000;

/// A bucket for everybody who asked lately.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<Key, Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    rate: Rate,
}

impl Bucket {
    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.rate.per_second).min(self.rate.burst);
        self.at = now;
    }
}

impl Buckets {
    /// Takes a token.
    ///
    /// # Errors
    /// Seconds until there is one.
    pub(crate) fn take(&self, key: Key, rate: Rate, now: Instant) -> Result<(), u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = place(&mut buckets, key, now);
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: rate.burst, at: now, rate });
        bucket.rate = rate;
        bucket.refill(now);
        if bucket.tokens < 1.0 {
            return Err(((1.0 - bucket.tokens) / rate.per_second).ceil().max(1.0) as u64);
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// The key itself, or the shared one when the table is full of callers who are still at it.
fn place(buckets: &mut HashMap<Key, Bucket>, key: Key, now: Instant) -> Key {
    if buckets.len() < MOST || buckets.contains_key(&key) {
        return key;
    }
    buckets.retain(|_, bucket| {
        bucket.refill(now);
        bucket.tokens < bucket.rate.burst
    });
    if buckets.len() < MOST { key } else { Key::Rest }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RATE: Rate = Rate { per_second: 2.0, burst: 3.0 };

    #[test]
    fn a_burst_then_the_rate() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let take = |after: u64| {
            buckets.take(Key::Rest, RATE, start + Duration::from_millis(after)).is_ok()
        };
        assert_eq!([take(0), take(0), take(0), take(0)], [true, true, true, false]);
        assert_eq!([take(500), take(500)], [true, false]);
        assert_eq!(buckets.take(Key::Rest, RATE, start + Duration::from_millis(500)), Err(1));
    }

    #[test]
    fn one_caller_does_not_empty_the_bucket_of_another() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        let key = |name: &str| Key::Person(name.to_owned());
        while buckets.take(key("greedy"), RATE, now).is_ok() {}
        assert_eq!(buckets.take(key("modest"), RATE, now), Ok(()));
    }

    #[test]
    fn a_crowd_of_addresses_does_not_grow_the_table_without_bound() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        for n in 0..u32::try_from(MOST).expect("fits") + 500 {
            let _ = buckets.take(Key::Address(IpAddr::from(n.to_be_bytes())), RATE, now);
        }
        assert!(buckets.0.lock().expect("no panic").len() <= MOST + 1);
    }
}

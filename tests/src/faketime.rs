//! A wall clock that steps under a running program: libfaketime before it.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Time;

use crate::server::Installation;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The file from which the clock of a program is read at every question.
#[derive(Debug)]
pub struct WrongClock(PathBuf);

impl WrongClock {
    /// One in the folder of an installation, right so far; programs that start with its [`Self::wrapper`] go by it.
    #[must_use]
    pub fn of(installation: &Installation) -> Self {
        let clock = Self(installation.folder.path().join("offset"));
        clock.step("+0");
        clock
    }

    /// Sets it off by so much from now on, in the words of libfaketime: `+7h`, `-40d`, `+0`.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn step(&self, offset: &str) {
        fs::write(&self.0, offset).expect("the folder of an installation can be written");
    }

    /// What starts a program under it. Waiting goes on by the monotonic clock, which no step touches.
    #[must_use]
    pub fn wrapper(&self) -> Vec<String> {
        vec![
            "env".to_owned(),
            format!("LD_PRELOAD={LIBRARY}"),
            format!("FAKETIME_TIMESTAMP_FILE={}", self.0.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ]
    }
}

/// The right time, to the millisecond.
///
/// # Panics
/// When this machine is before 1970.
#[must_use]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    Time::from_millis(i64::try_from(since.as_millis()).expect("it is before the year 292 million"))
}

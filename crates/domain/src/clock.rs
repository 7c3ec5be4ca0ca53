//! What is known of the ledger's clock: its own time, the time of the world, and a fault between the two.
//!
//! The ledger's time orders the journal and counts deadlines; it goes on with elapsed time and never back, whatever the wall
//! clock does. The time of the world is what stations' stamps are compared with. Normally both are one.

use serde::{Deserialize, Serialize};

use crate::{Span, StationId, Time};

/// How the wall clock differs from the ledger's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockFaultKind {
    /// The wall clock shows more than the ledger's time.
    Ahead,
    /// The wall clock shows less than the ledger's time.
    Behind,
}

impl ClockFaultKind {
    /// The name of the problem and of the evidence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ahead => "clock_ahead",
            Self::Behind => "clock_behind",
        }
    }
}

/// A clock that is not where it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFault {
    /// In which direction.
    pub kind: ClockFaultKind,
    /// Since when, by the ledger's time.
    pub since: Time,
    /// By how much when it was noticed.
    pub by: Span,
}

/// What the ledger thinks of its clock from an arrival on. Kept in the journal, so that a replay judges as was judged then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClockState {
    /// How far the ledger's time is ahead of the time of the world.
    pub ahead: Span,
    /// While nobody has said which clock is right: how far it is ahead of the other time that may be the world's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_ahead: Option<Span>,
    /// What is told to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<ClockFault>,
}

impl ClockState {
    /// How far the ledger's time is ahead of the world, as a stamp of the world at ledger time `now` says. While it is
    /// open which clock is right, a stamp is believed that fits either.
    ///
    /// ```
    /// use domain::{ClockState, Span, Time};
    /// let (now, hour) = (Time::from_millis(0), Span::hours(1));
    /// let sure = ClockState { ahead: Span::hours(7), ..ClockState::default() };
    /// assert_eq!(sure.ahead_by(now, now), Span::hours(7));
    /// let open = ClockState { or_ahead: Some(Span::ZERO), ..sure };
    /// assert_eq!(open.ahead_by(now, now - hour), Span::ZERO);
    /// assert_eq!(open.ahead_by(now, now - hour.times(6)), Span::hours(7));
    /// ```
    #[must_use]
    pub fn ahead_by(&self, now: Time, stamp: Time) -> Span {
        let off = |ahead: &Span| (now - *ahead - stamp).abs();
        let others = self.or_ahead.into_iter();
        others.fold(self.ahead, |best, other| if off(&other) < off(&best) { other } else { best })
    }

    /// How old a stamp of the world is at ledger time `now`; below zero when it lies ahead.
    #[must_use]
    pub fn age(&self, now: Time, stamp: Time) -> Span {
        now - self.ahead_by(now, stamp) - stamp
    }
}

/// The newest time of its own that a station's last live message carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Whose.
    pub station: StationId,
    /// When the message was received, by the ledger's time.
    pub received_at: Time,
    /// What the station's clock said.
    pub stamp: Time,
}

//! What becomes due although nothing arrives. Entries may be out of date: whoever takes one asks the
//! state when it is really due, so moving a deadline later costs nothing.

use std::collections::BTreeSet;

use domain::{EpisodeId, StationId, Time};

/// Something that becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// Held readings of a station are let go.
    Hold(StationId),
    /// A basin mean is stated without the stations that are late.
    Basin(StationId),
    /// A station is silent.
    Silence(StationId),
    /// A sensor of a station that is heard gives nothing usable.
    Sensor(StationId),
    /// Somebody must be told what contradicts a sensor.
    Fault(StationId),
    /// The maintenance of a station ends, or what was said of its end is old.
    Maintenance(StationId),
    /// A rule is no longer in force, or a level.
    Rule,
    /// No station at all is heard.
    Intake,
    /// Another broker brings nothing.
    Link(StationId),
    /// A draft of an episode goes out by itself, or a message runs out.
    Desk(EpisodeId),
}

/// Deadlines, earliest first, each once.
#[derive(Debug, Default)]
pub(crate) struct Agenda(BTreeSet<(Time, Due)>);

impl Agenda {
    pub(crate) fn add(&mut self, at: Time, due: Due) {
        self.0.insert((at, due));
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, Due)> {
        self.0.pop_first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_is_added_again_is_there_once() {
        let mut agenda = Agenda::default();
        for minute in [5, 3, 5, 3] {
            agenda.add(Time::from_millis(minute * 60_000), Due::Intake);
        }
        let times = std::iter::from_fn(|| agenda.pop()).map(|(at, _)| at.millis() / 60_000);
        assert_eq!(times.collect::<Vec<_>>(), [3, 5]);
    }
}

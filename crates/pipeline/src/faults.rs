//! Sensors that contradict what they showed before, another sensor, themselves or what can be: told, whatever the rules make
//! of their values.
//!
//! A contradiction is told when it has lasted for [`BORNE`] or came back [`OFTEN`] times; one that ends before was an outlier. It is
//! over after [`CONVINCING`] values in a row that nothing contradicts, or when a person looked at it.

use domain::{Check, Evidence, QcFlag, SensorId, Span, StationId, Time, Verdict};
use quality::Side;
use serde::{Deserialize, Serialize};

use crate::state::SeriesState;
use crate::stations::technical_evidence;

/// How long a contradiction may last before somebody is told: two reports of ten minutes, and a little for their way.
pub(crate) const BORNE: Span = Span::minutes(25);
/// So many times within a few hours, and it is no outlier.
const OFTEN: u8 = 3;
/// So many values in a row that nothing contradicts convince.
const CONVINCING: u8 = 6;

/// What speaks against a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Why {
    /// The value cannot be, and would raise an alarm if it could.
    Beyond,
    /// The value cannot be.
    Below,
    /// It fell faster than water does.
    Fall,
    /// It rose faster than water does, and nothing bears it out.
    Rise,
    /// It stands still.
    Still,
    /// Another sensor of the station shows something else.
    Sibling,
    /// It stands still while the next gauge of the river moves.
    Neighbour,
    /// It falls while the gauge above it does not.
    Above,
    /// It reports no rain among gauges that do.
    Dry,
    /// The station says so itself.
    Marked,
    /// The station says something of its values that nobody knows.
    Word,
}

impl Why {
    /// What the evidence is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Beyond | Self::Below => "implausible",
            Self::Fall => "implausible_fall",
            Self::Rise => "implausible_rise",
            Self::Still => "implausible_still",
            Self::Sibling => "implausible_sibling",
            Self::Neighbour => "implausible_neighbour",
            Self::Above => "implausible_above",
            Self::Dry => "implausible_dry",
            Self::Marked => "implausible_marked",
            Self::Word => "implausible_word",
        }
    }

    /// Whether it is told at once: nothing that comes later makes it right.
    const fn is_plain(self) -> bool {
        matches!(self, Self::Beyond | Self::Still | Self::Neighbour | Self::Above | Self::Dry)
    }

    /// So many values in a row that nothing contradicts, and it is forgiven: what the station itself says is as good as its
    /// next word.
    const fn convincing(self) -> u8 {
        match self {
            Self::Below | Self::Marked | Self::Word => 1,
            _ => CONVINCING,
        }
    }

    /// Whether it forbids the sensor to lower a level, which its flag does not.
    pub(crate) const fn forbids_lowering(self) -> bool {
        matches!(self, Self::Neighbour | Self::Above | Self::Dry | Self::Still)
    }
}

/// A contradiction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Against {
    pub(crate) why: Why,
    /// What it was compared with, canonical unit.
    pub(crate) value: Option<f64>,
}

/// A sensor that is contradicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) why: Why,
    /// Event time of the first value.
    pub(crate) at: Time,
    /// Processing time since which it can be seen.
    seen: Time,
    /// The first value, and what speaks against it.
    value: f64,
    against: Option<f64>,
    /// Somebody was told.
    pub(crate) told: bool,
    /// How often it began again.
    times: u8,
    /// Values since that nothing contradicts.
    good: u8,
    /// It began while a level stood at the station: then an outlier is told too.
    matters: bool,
}

impl Fault {
    /// When somebody must be told, as far as it is not over by then.
    pub(crate) fn due(&self) -> Option<Time> {
        (!self.told && (self.good == 0 || self.matters)).then(|| self.seen + BORNE)
    }

    /// Whether the sensor gives nothing usable: when that is told as silence, it is told.
    pub(crate) const fn is_useless(&self) -> bool {
        matches!(self.why, Why::Below | Why::Marked)
    }

    /// Whether it is about the course of the water, which later values may bear out.
    pub(crate) const fn is_of_course(&self) -> bool {
        matches!(self.why, Why::Fall | Why::Rise)
    }

    /// What it is, for people.
    pub(crate) fn evidence(&self, station: &StationId, series: &SeriesState) -> Evidence {
        Evidence {
            sensor: series.sensor.clone(),
            threshold: self.against,
            threshold_name: Some(series.parameter.to_string()),
            ..technical_evidence(station, self.why.name(), self.at, self.value)
        }
    }
}

/// What a judged value says against its own sensor.
pub(crate) fn of_verdict(
    series: &SeriesState,
    value: f64,
    verdict: Verdict,
    sibling: Option<f64>,
    beyond: bool,
) -> Option<Against> {
    let failed = |check| verdict.failed.contains(check);
    let trusted = || series.track.doubt().map(|doubt| doubt.trusted.value);
    let is = |why, value| Some(Against { why, value });
    match verdict.flag {
        QcFlag::Bad if beyond => is(Why::Beyond, None),
        QcFlag::Bad if failed(Check::StationMark) && !failed(Check::GrossRange) => {
            is(Why::Marked, None)
        }
        QcFlag::Bad => is(Why::Below, None),
        QcFlag::NotEvaluated if failed(Check::StationMark) => is(Why::Word, None),
        QcFlag::Suspect if failed(Check::Rate) => {
            let doubt = series.track.doubt()?;
            let why = if doubt.side == Side::Fall { Why::Fall } else { Why::Rise };
            is(why, trusted())
        }
        QcFlag::Suspect if failed(Check::FlatLine) => is(Why::Still, Some(value)),
        QcFlag::Suspect if failed(Check::CrossCheck) => is(Why::Sibling, sibling),
        // It rises above what it showed before it fell too far: that it fell is not over.
        _ if series.track.doubt().is_some_and(|doubt| doubt.side == Side::Fall) => {
            is(Why::Fall, trusted())
        }
        _ => None,
    }
}

impl SeriesState {
    /// Takes note of what speaks against a value, or that nothing does; whether what is told changed.
    pub(crate) fn contradicted(
        &mut self,
        now: Time,
        at: Time,
        value: f64,
        against: Option<Against>,
        matters: bool,
    ) -> bool {
        match (&mut self.fault, against) {
            (None, None) => false,
            (Some(fault), None) => {
                fault.good = fault.good.saturating_add(1);
                let over = fault.good >= fault.why.convincing();
                let told = fault.told;
                if over {
                    self.fault = None;
                }
                over && told
            }
            (fault, Some(Against { why, value: other })) => {
                let known = fault.filter(|known| known.why == why || known.told && !why.is_plain());
                let times = fault.map_or(0, |known| known.times);
                let next = match known {
                    Some(known) => Fault {
                        times: known.times.saturating_add(u8::from(known.good > 0)),
                        seen: if known.good > 0 && !known.told && !known.matters {
                            now
                        } else {
                            known.seen
                        },
                        matters: known.matters || matters,
                        good: 0,
                        ..known
                    },
                    None => Fault {
                        why,
                        at,
                        seen: fault.map_or(now, |known| known.seen),
                        value,
                        against: other,
                        told: false,
                        times: times.saturating_add(1),
                        good: 0,
                        matters,
                    },
                };
                let told = next.told || why.is_plain() || next.times >= OFTEN;
                let changed =
                    told && fault.as_ref().is_none_or(|old| !old.told || old.why != next.why);
                self.fault = Some(Fault { told, ..next });
                changed
            }
        }
    }

    /// The time to tell has come.
    pub(crate) fn tell_fault(&mut self, now: Time) -> bool {
        let due = |fault: &&mut Fault| fault.due().is_some_and(|at| at <= now);
        self.fault.as_mut().filter(due).map(|fault| fault.told = true).is_some()
    }

    /// What people are told of it.
    pub(crate) fn told_fault(&self) -> Option<Fault> {
        self.fault.filter(|fault| fault.told && !(self.silent && fault.is_useless()))
    }

    /// Whether what speaks against it forbids it to lower a level.
    pub(crate) fn is_forbidden_to_lower(&self) -> bool {
        self.fault.is_some_and(|fault| fault.good == 0 && fault.why.forbids_lowering())
    }

    /// Whether it showed the same as another sensor when it was last trusted.
    pub(crate) fn agreed_with(&self, other: &SensorId, within: Span) -> bool {
        let last = self.track.last_good().map(|point| point.at);
        let agreed = self.agreed.iter().find(|(name, _)| name == other).map(|(_, at)| *at);
        last.zip(agreed).is_some_and(|(last, agreed)| last - agreed <= within)
    }

    /// Whether another sensor shows more than it does: then it lowers nothing by itself. Of two that contradict each other
    /// the higher one must fall.
    pub(crate) fn is_beneath_another(&self) -> bool {
        self.disputed.as_ref().is_some_and(|(_, higher)| *higher)
    }

    /// Whether that sensor shows more than it does.
    pub(crate) fn is_beneath(&self, other: &SensorId) -> bool {
        self.disputed.as_ref().is_some_and(|(name, higher)| *higher && name == other)
    }

    /// Takes note that it shows the same as another sensor, or not; `higher`: the other shows more.
    pub(crate) fn compared(&mut self, other: &SensorId, at: Time, agrees: bool, higher: bool) {
        self.agreed.retain(|(name, _)| name != other);
        if agrees {
            self.agreed.push((other.clone(), at));
            self.disputed = self.disputed.take().filter(|(name, _)| name != other);
        } else {
            self.disputed = Some((other.clone(), higher));
        }
    }
}

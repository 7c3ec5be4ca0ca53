//! How an episode stands: what is alarmed, and what that comes to.

use std::collections::BTreeSet;

use domain::warning::AreaName;
use domain::{EpisodeId, Evidence, Level, ParameterId, QcFlag, RuleId, SensorId, StationId, Time};
use serde::{Deserialize, Serialize};

/// Most pieces of evidence named in one warning.
const EVIDENCE: usize = 12;

/// What a situation is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Which episode.
    pub episode: EpisodeId,
    /// Its name, Vietnamese.
    pub name: String,
    /// Its danger.
    pub hazard: String,
    /// Areas concerned.
    pub areas: Vec<AreaName>,
}

/// One alarm that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// Which rule.
    pub rule: RuleId,
    /// For which station or basin.
    pub target: StationId,
    /// The level it lets a warning state.
    pub level: Level,
    /// The level of the rule itself: how much it presses, and whether it is news.
    pub urgency: Level,
    /// Rests on suspect values only.
    pub provisional: bool,
    /// Found in old data, and nothing fresh bears it out.
    pub late: bool,
    /// Its data have stopped.
    pub blind: bool,
    /// Since when, event time.
    pub since: Time,
    /// The threshold it crossed, with the newest value.
    pub evidence: Vec<Evidence>,
}

/// What late data say was.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// How bad.
    pub level: Level,
    /// When, event time.
    pub at: Time,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// What a ground says of one value: two messages with the same claims say the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) rule: RuleId,
    pub(super) station: StationId,
    pub(super) parameter: ParameterId,
    /// Of a fault of one sensor: which, and of what.
    #[serde(default)]
    pub(super) sensor: Option<(SensorId, String)>,
    pub(super) urgency: Level,
    pub(super) blind: bool,
}

/// How an episode stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// What it is about.
    pub subject: Subject,
    /// What is alarmed: the worst first, the sure before the suspect, and of those the newest.
    pub grounds: Vec<Ground>,
    /// What late data say was; counts only when nothing is alarmed.
    pub past: Option<Past>,
    /// The highest values of its alarms, those that have just ended too, with the level they stand for.
    pub crests: Vec<(Level, Evidence)>,
    /// Highest level of its alarms; 0 = none.
    pub level: Level,
    /// Highest level that rests on more than suspect values.
    pub sure: Level,
    /// The level rests on suspect values only.
    pub provisional: bool,
    /// Something that was alarmed is not observed any more: that its level is lower is no sign that the danger went.
    pub unobserved: bool,
    /// It says what was, not what is.
    pub late: bool,
    /// Event time of the first crossing that still holds.
    pub onset: Time,
    /// What it rests on, each value once, in the order of the grounds, as many as a message can name.
    pub evidence: Vec<Evidence>,
    /// How many more there are.
    pub unnamed: usize,
}

impl Situation {
    /// What these grounds come to.
    #[must_use]
    pub fn new(subject: Subject, mut grounds: Vec<Ground>, past: Option<Past>) -> Self {
        grounds.retain(|ground| ground.level > Level(0));
        grounds.sort_by(|a, b| {
            (b.level, b.urgency, a.provisional, b.since, &a.rule, &a.target).cmp(&(
                a.level,
                a.urgency,
                b.provisional,
                a.since,
                &b.rule,
                &b.target,
            ))
        });
        let level = grounds.first().map_or(Level(0), |ground| ground.level);
        let top = || grounds.iter().filter(|ground| ground.level == level);
        let sure = grounds.iter().filter(|ground| !ground.provisional);
        let mut evidence = once(grounds.iter().flat_map(|ground| &ground.evidence));
        let unnamed = evidence.len().saturating_sub(EVIDENCE);
        evidence.truncate(EVIDENCE);
        let mut situation = Self {
            level,
            sure: sure.map(|ground| ground.level).max().unwrap_or_default(),
            provisional: !grounds.is_empty() && top().all(|ground| ground.provisional),
            late: !grounds.is_empty() && top().all(|ground| ground.late),
            onset: grounds.iter().map(|ground| ground.since).min().unwrap_or_default(),
            evidence,
            unnamed,
            unobserved: false,
            crests: Vec::new(),
            subject,
            grounds,
            past,
        };
        situation.look_back();
        situation
    }

    /// When nothing is alarmed, late data may still say that something was.
    fn look_back(&mut self) {
        let Some(past) = self.past.as_ref().filter(|_| self.grounds.is_empty()) else { return };
        let suspect = |evidence: &Evidence| evidence.flag != QcFlag::Good;
        self.level = past.level;
        self.provisional = past.evidence.iter().all(suspect);
        self.late = true;
        self.onset = past.at;
        self.evidence.clone_from(&past.evidence);
    }

    /// Only what these grounds come to, each as far as `keep` lets it.
    pub(super) fn only(&self, keep: impl Fn(&Ground) -> Option<Ground>) -> Self {
        let past = self.past.clone().filter(|_| self.grounds.is_empty());
        let kept = self.grounds.iter().filter_map(keep).collect();
        let (crests, unobserved) = (self.crests.clone(), self.unobserved);
        Self { crests, unobserved, ..Self::new(self.subject.clone(), kept, past) }
    }

    /// Only what rests on more than suspect values.
    pub(super) fn sure_part(&self) -> Self {
        self.only(|ground| (!ground.provisional).then(|| ground.clone()))
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        let claims: BTreeSet<_> = self.grounds.iter().flat_map(Ground::claims).collect();
        claims.into_iter().collect()
    }
}

impl Ground {
    pub(super) fn claims(&self) -> impl Iterator<Item = Claim> {
        self.evidence.iter().map(|evidence| Claim {
            rule: self.rule.clone(),
            station: evidence.station.clone(),
            parameter: evidence.parameter.clone(),
            sensor: faulty(evidence),
            urgency: self.urgency,
            blind: self.blind,
        })
    }

    pub(super) fn stations(&self) -> impl Iterator<Item = &StationId> {
        self.evidence.iter().map(|evidence| &evidence.station)
    }
}

impl Claim {
    pub(super) fn same_matter(&self, other: &Self) -> bool {
        (&self.rule, &self.station, &self.parameter, &self.sensor)
            == (&other.rule, &other.station, &other.parameter, &other.sensor)
    }
}

/// Each value once, the first time it is named.
fn once<'a>(all: impl Iterator<Item = &'a Evidence>) -> Vec<Evidence> {
    let mut seen = BTreeSet::new();
    all.filter(|e| seen.insert((&e.station, &e.parameter, faulty(e)))).cloned().collect()
}

/// The sensor that is at fault, and what it measures: a second one that fails is another matter.
fn faulty(evidence: &Evidence) -> Option<(SensorId, String)> {
    let name = evidence.parameter.as_str();
    let of_sensor = name == "sensor_silent" || name.starts_with("implausible");
    let measures = evidence.threshold_name.as_ref().filter(|_| of_sensor)?;
    Some((evidence.sensor.clone(), measures.clone()))
}

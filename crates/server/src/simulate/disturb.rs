//! From a recording to a plan: when which station sends what, with everything that goes wrong on the way.

use std::collections::BTreeMap;

use domain::{Span, StationId, Time};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::{Observation, Recording};

/// What goes wrong, drawn from a seed: the same seed and recording always give the same plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Disturbance {
    /// Where chance comes from.
    pub seed: u64,
    /// Share of messages that never leave the station, 0–1.
    pub loss: f64,
    /// Share of messages that are sent twice, 0–1.
    pub duplicate: f64,
    /// Share of messages that are overtaken by the next one, 0–1.
    pub reorder: f64,
    /// With this share of messages an outage begins, which lasts that long and ends in one burst.
    pub late: Option<(f64, Span)>,
    /// Clocks that are wrong by that much.
    pub clock_errors: BTreeMap<StationId, Span>,
}

/// One message on the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// When it is sent, by the true clock.
    pub at: Time,
    /// By whom.
    pub station: StationId,
    /// What; several when it is a backlog.
    pub observations: Vec<Observation>,
}

/// The plan, in order of sending; stations that send at the same time are in order of their names.
#[must_use]
pub fn plan(recording: &Recording, disturbance: &Disturbance) -> Vec<Sending> {
    let each = recording.stations.iter();
    let mut plan: Vec<Sending> =
        each.flat_map(|(station, track)| one_station(station, track, disturbance)).collect();
    plan.sort_by(|a, b| (a.at, &a.station).cmp(&(b.at, &b.station)));
    plan
}

fn one_station(station: &StationId, track: &[Observation], with: &Disturbance) -> Vec<Sending> {
    // Each station draws for itself: adding one does not change what happens to the others.
    let seed = station
        .as_str()
        .bytes()
        .fold(with.seed, |seed, byte| seed.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte));
    let mut chance = StdRng::seed_from_u64(seed);
    let mut sent = Vec::with_capacity(track.len());
    let mut outage: Option<(Time, Vec<Observation>)> = None;
    for observation in track {
        let at = observation.at;
        // Every message draws the same number of times, so that one option does not shift another.
        let [lost, twice, overtaken, breaks] = std::array::from_fn(|_| chance.random::<f64>());
        if let Some((_, held)) = outage.take_if(|(end, _)| *end <= at) {
            push(&mut sent, at, station, held);
        }
        if lost < with.loss {
            continue;
        }
        let observation = told(observation, with.clock_errors.get(station));
        if let Some((_, held)) = &mut outage {
            held.push(observation);
            continue;
        }
        match with.late {
            Some((share, span)) if breaks < share => outage = Some((at + span, vec![observation])),
            _ => {
                push(&mut sent, at, station, vec![observation.clone()]);
                if twice < with.duplicate {
                    push(&mut sent, at, station, vec![observation]);
                }
                if overtaken < with.reorder {
                    mark_overtaken(&mut sent);
                }
            }
        }
    }
    if let Some((end, held)) = outage {
        push(&mut sent, end, station, held);
    }
    overtake(&mut sent);
    sent
}

fn push(sent: &mut Vec<Sending>, at: Time, station: &StationId, observations: Vec<Observation>) {
    if !observations.is_empty() {
        sent.push(Sending { at, station: station.clone(), observations });
    }
}

/// A message that is to be overtaken is marked by an empty one behind it.
fn mark_overtaken(sent: &mut Vec<Sending>) {
    if let Some(last) = sent.last() {
        let (at, station) = (last.at, last.station.clone());
        sent.push(Sending { at, station, observations: Vec::new() });
    }
}

/// Exchanges each marked message with the next one: both keep the times of sending in order.
fn overtake(sent: &mut Vec<Sending>) {
    let marks: Vec<usize> = (0..sent.len()).filter(|&n| sent[n].observations.is_empty()).collect();
    for mark in marks {
        let next = (mark + 1..sent.len()).find(|&n| !sent[n].observations.is_empty());
        let before = (0..mark).rev().find(|&n| !sent[n].observations.is_empty());
        if let (Some(next), Some(before)) = (next, before) {
            let later = std::mem::take(&mut sent[next].observations);
            sent[next].observations = std::mem::replace(&mut sent[before].observations, later);
        }
    }
    sent.retain(|sending| !sending.observations.is_empty());
}

fn told(observation: &Observation, error: Option<&Span>) -> Observation {
    let mut told = observation.clone();
    told.at = told.at + error.copied().unwrap_or(Span::ZERO);
    told
}

#[cfg(test)]
mod tests {
    use domain::ParameterId;

    use super::*;
    use crate::simulate::Value;

    fn recording() -> Recording {
        let mut recording = Recording::default();
        let parameter: ParameterId = "water_level".parse().expect("a name");
        for station in ["a", "b"] {
            for n in 0..200u16 {
                let at = Time::from_millis(i64::from(n) * 600_000);
                let (parameter, value) = (parameter.clone(), f64::from(n));
                let value = Value { parameter, sensor: None, unit: None, value };
                recording.add(&station.parse().expect("a name"), at, value);
            }
        }
        recording
    }

    fn values(plan: &[Sending], station: &str) -> Vec<i64> {
        let of_station = plan.iter().filter(|sending| sending.station.as_str() == station);
        let observations = of_station.flat_map(|sending| &sending.observations);
        observations.map(|observation| observation.values[0].value as i64).collect()
    }

    #[test]
    fn without_disturbance_everything_is_sent_once_when_it_was_measured() {
        let plan = plan(&recording(), &Disturbance::default());
        assert_eq!(plan.len(), 400);
        assert!(plan.iter().all(|sending| sending.observations[0].at == sending.at));
        assert_eq!(values(&plan, "a"), (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
        let with = |seed| Disturbance {
            seed,
            loss: 0.2,
            duplicate: 0.2,
            reorder: 0.2,
            late: Some((0.05, Span::hours(2))),
            clock_errors: BTreeMap::new(),
        };
        assert_eq!(plan(&recording(), &with(7)), plan(&recording(), &with(7)));
        assert_ne!(plan(&recording(), &with(7)), plan(&recording(), &with(8)));
    }

    #[test]
    fn one_station_more_changes_nothing_for_the_others() {
        let with = Disturbance { seed: 3, loss: 0.5, ..Disturbance::default() };
        let both = recording();
        let mut alone = both.clone();
        alone.stations.retain(|station, _| station.as_str() == "a");
        assert_eq!(values(&plan(&both, &with), "a"), values(&plan(&alone, &with), "a"));
    }

    #[test]
    fn loss_takes_about_its_share_and_nothing_else() {
        let with = Disturbance { seed: 1, loss: 0.25, ..Disturbance::default() };
        let left = values(&plan(&recording(), &with), "a");
        assert!((120..180).contains(&left.len()), "{}", left.len());
        assert!(left.is_sorted());
    }

    #[test]
    fn duplicates_disorder_and_bursts_lose_nothing() {
        let with = Disturbance {
            seed: 2,
            duplicate: 0.3,
            reorder: 0.3,
            late: Some((0.05, Span::hours(3))),
            ..Disturbance::default()
        };
        let plan = plan(&recording(), &with);
        let mut sent = values(&plan, "b");
        assert!(sent.len() > 200 && !sent.is_sorted());
        sent.sort_unstable();
        sent.dedup();
        assert_eq!(sent, (0..200).collect::<Vec<_>>());
        assert!(plan.iter().any(|sending| sending.observations.len() > 10), "a burst");
        assert!(plan.is_sorted_by_key(|sending| sending.at));
    }

    #[test]
    fn a_wrong_clock_moves_what_is_told_and_not_when_it_is_sent() {
        let errors = BTreeMap::from([("a".parse().expect("a name"), Span::hours(2))]);
        let with = Disturbance { clock_errors: errors, ..Disturbance::default() };
        for sending in plan(&recording(), &with) {
            let off = sending.observations[0].at - sending.at;
            let expected =
                if sending.station.as_str() == "a" { Span::hours(2) } else { Span::ZERO };
            assert_eq!(off, expected);
        }
    }
}

//! What honest gauges and their weather do that looks like a fault, and is none: nobody is accused.

use domain::Condition;

use crate::judge::{level, stages};
use crate::night::{Night, Scene, Word};
use crate::scene::{ABOVE, BELOW, BUCKET, Gauge, TRIED, WITNESS};
use crate::truth::{LEVELS, River, noise, to_cm};

const TWO_DAYS: i64 = 2_880;

/// Every accusation of a station, with when it was heard first.
fn accused(night: &Night) -> Vec<(i64, String)> {
    let mut all: Vec<(i64, String)> = Vec::new();
    for (now, out) in night.told() {
        let told = out.transitions.iter().filter(|t| t.episode.as_str() == "ky-thuat");
        for evidence in told.flat_map(|t| &t.evidence) {
            let what = format!("{} {}", evidence.station, evidence.parameter);
            if all.iter().all(|(_, known)| *known != what) {
                all.push((now, what));
            }
        }
    }
    all
}

fn nobody_is_accused(night: &Night) {
    assert_eq!(accused(night), []);
    let wrong = night.told().flat_map(|(_, out)| &out.health).flat_map(|health| &health.conditions);
    assert_eq!(wrong.filter(|(what, _)| *what == Condition::Implausible).count(), 0);
}

fn river(gauges: &[Gauge], step: i64, until: i64, say: impl Fn(i64) -> Vec<Word>) -> Night {
    let mut night = Night::begin(gauges, River::Flood);
    night.hear(Scene::Lone, River::Flood, (step, until), say);
    night
}

fn stage(station: &'static str, minute: i64, metres: f64) -> Word {
    Word { station, ..Word::stage(minute, to_cm(metres + noise(minute) / 100.0)) }
}

/// Up in some hours, down by at most 20 cm/h, and up once more.
fn wave(minute: i64) -> f64 {
    let one = |peak: f64, height: f64| {
        let off = minute as f64 - peak;
        height * (-(off / if off < 0.0 { 400.0 } else { 700.0 }).powi(2)).exp()
    };
    3.9 + one(700.0, 2.6_f64).max(one(1_500.0, 3.0))
}

/// Two waves, five hours from one gauge to the next: the second rises above while the first still runs off below.
#[test]
fn a_second_wave_above_accuses_nobody_of_the_recession_below() {
    let gauges = [ABOVE, Gauge { downstream: Some("duoi"), ..TRIED }, BELOW, WITNESS];
    let night = river(&gauges, 10, TWO_DAYS, |minute| {
        vec![
            stage("tren", minute, 10.3 + wave(minute)),
            stage("tram", minute, wave(minute - 300)),
            stage("duoi", minute, wave(minute - 600) - 2.0),
        ]
    });
    nobody_is_accused(&night);
}

/// A gauge that is read to 10 cm stands still between two steps.
#[test]
fn a_coarse_gauge_between_fine_ones_is_not_accused_of_standing_still() {
    let gauges = [ABOVE, Gauge { downstream: Some("duoi"), ..TRIED }, BELOW, WITNESS];
    let night = river(&gauges, 10, TWO_DAYS + 1_440, |minute| {
        let coarse = (wave(minute) * 10.0).round() / 10.0;
        vec![
            stage("tren", minute, 10.0 + wave(minute + 60)),
            Word::stage(minute, coarse),
            stage("duoi", minute, wave(minute - 60) - 2.0),
        ]
    });
    nobody_is_accused(&night);
}

fn rains(mm: impl Fn(usize, i64) -> f64) -> Night {
    const NAMES: [&str; 4] = ["mua-1", "mua-2", "mua-3", "mua-4"];
    let gauges: Vec<Gauge> =
        NAMES.iter().map(|id| Gauge { id, ..BUCKET }).chain([WITNESS]).collect();
    river(&gauges, 10, 1_440, |minute| {
        let say = |(n, station): (usize, &&'static str)| Word {
            station,
            ..Word::of(minute, &format!("\"rain\":{:.1}", mm(n, minute)))
        };
        NAMES.iter().enumerate().map(say).collect()
    })
}

/// A thunderstorm of an hour wets some gauges and leaves others dry.
#[test]
fn a_shower_that_passes_a_gauge_by_accuses_nobody() {
    for wet in [2, 3] {
        nobody_is_accused(&rains(|n, minute| {
            if n < wet && (600..660).contains(&minute) { 6.0 + n as f64 } else { 0.0 }
        }));
    }
    // One that goes on for long, over half of them.
    nobody_is_accused(&rains(|n, minute| {
        if n < 2 && (600..960).contains(&minute) { 3.5 + 0.5 * noise(minute) } else { 0.0 }
    }));
}

/// No rain, no wind, a river at its base for a day.
#[test]
fn fair_weather_accuses_nobody() {
    nobody_is_accused(&rains(|_, _| 0.0));
    let night = river(&[TRIED, WITNESS], 10, TWO_DAYS, |minute| vec![Word::stage(minute, 3.8)]);
    nobody_is_accused(&night);
}

/// At the mouth of a river the tide rises and falls by two metres twice a day; below the levels that is of no concern.
#[test]
fn the_tide_below_the_levels_accuses_nobody() {
    let night = river(&[TRIED, WITNESS], 10, TWO_DAYS, |minute| {
        let turn = minute as f64 * std::f64::consts::TAU / 745.0;
        vec![stage("tram", minute, 2.9 + turn.sin())]
    });
    nobody_is_accused(&night);
}

/// One value that is 48 cm too high at the crest: too little to be called an outlier, and no fall of all that come after it.
#[test]
fn a_branch_at_the_crest_keeps_no_gauge_from_clearing() {
    for (high, at) in [(0.48, vec![1_000]), (0.47, vec![900, 1_100]), (0.46, vec![860, 1_200])] {
        let night = river(&[TRIED, WITNESS], 10, 4_320, |minute| {
            let more = if at.contains(&minute) { high } else { 0.0 };
            vec![stage("tram", minute, River::Flood.at(minute) + more)]
        });
        let cleared = stages(&night).find(|(now, t)| *now > 1_320 && level(t.to) == 0);
        let below = River::Flood.last_at(LEVELS[0] - 0.1, 4_320).unwrap();
        assert!(cleared.is_some_and(|(now, _)| now <= below + 240), "{high}: {cleared:?}");
        nobody_is_accused(&night);
    }
}

/// Two sensors that stand a quarter of a metre apart: what they raised is cleared when the higher one has fallen, also when
/// the lower one has died. (One that died above the other may have been right.)
#[test]
fn of_two_sensors_that_disagree_the_higher_one_clears() {
    for (off, dies) in [(-0.25, 6_000), (0.25, 6_000), (-0.25, 300), (-0.25, 1_000)] {
        let gauges = [Gauge { sensors: &["radar"], ..TRIED }, WITNESS];
        let night = river(&gauges, 10, 6_000, |minute| {
            let metres = River::Flood.at(minute);
            let radar = (minute < dies).then(|| Word::radar(minute, to_cm(metres + off)));
            [stage("tram", minute, metres)].into_iter().chain(radar).collect()
        });
        let cleared = stages(&night).find(|(now, t)| *now > 1_320 && level(t.to) == 0);
        let below = River::Flood.last_at(LEVELS[0] - 0.1 - f64::max(off, 0.0), 6_000).unwrap();
        let in_time = cleared.is_some_and(|(now, _)| (below..below + 240).contains(&now));
        assert!(in_time, "{off} {dies}: {cleared:?}, below at {below}");
    }
}

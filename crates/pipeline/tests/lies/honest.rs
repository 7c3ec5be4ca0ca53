//! Gauges that tell the truth, each with a habit of its own: they are raised, made sure and cleared on time, their warning
//! ends by itself, and nobody is sent to look at them.

use domain::{MessageKind, Span};

use crate::common::t;
use crate::judge::{level, stages, technical};
use crate::night::{Moment, Night, Word};
use crate::scene::{Gauge, TRIED, WITNESS};
use crate::truth::{LEVELS, River, noise, scatter, to_cm};

/// When everything is over: three days.
const UNTIL: i64 = 4_320;
/// Time in which a level is to be sure, and what clearing may take beyond `clear_hold` of the shipped rule: minutes.
const SURE: i64 = 30;
const HOLD: i64 = 180;
const CLEARED: i64 = HOLD + 60;
/// The margin of the shipped rule, m.
const MARGIN: f64 = 0.10;

type Say = Box<dyn Fn(&Moment) -> Vec<Word>>;

/// An honest gauge.
pub(crate) struct Honest {
    pub(crate) name: &'static str,
    gauge: Gauge,
    river: River,
    step: i64,
    say: Say,
}

/// What came out of its night.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// The longest time from a level of the truth to the sure alarm, minutes; `None` = never.
    pub(crate) sure: Option<i64>,
    /// The longest time from below a clear level to the alarm's end, minutes.
    pub(crate) cleared: Option<i64>,
    pub(crate) technical: usize,
    /// The end was proposed to go out by itself.
    pub(crate) ends: bool,
}

impl Honest {
    pub(crate) fn live(&self) -> Seen {
        let mut night = Night::begin(&[self.gauge.clone(), WITNESS]);
        let say = |minute: i64| (self.say)(&Moment::of(self.river, minute, 0));
        night.hear(crate::night::Scene::Lone, self.river, (self.step, UNTIL), say);
        let latest = |of: &dyn Fn(u8) -> Option<i64>| {
            (1..=3).map(of).collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max())
        };
        let sure = |wanted: u8| {
            let reached = self.river.reached(LEVELS[usize::from(wanted) - 1], UNTIL)?;
            let mut mine = stages(&night).filter(|(_, t)| !t.late && !t.provisional);
            mine.find(|(_, t)| level(t.to) >= wanted).map(|(now, _)| (now - reached).max(0))
        };
        let cleared = |wanted: u8| {
            let below = self.river.last_at(LEVELS[usize::from(wanted) - 1] - MARGIN, UNTIL)?;
            let mut mine = stages(&night).filter(|(_, t)| !t.late);
            let first = mine.find(|(now, t)| *now > below && level(t.to) < wanted)?.0;
            let stays = !stages(&night).any(|(now, t)| now > first && level(t.to) >= wanted);
            stays.then_some(first - below)
        };
        Seen {
            sure: latest(&sure),
            cleared: latest(&cleared),
            technical: night.told().map(|(_, out)| technical("tram", out).count()).sum(),
            ends: ends_by_itself(&night),
        }
    }

    /// What is wrong with what came out.
    pub(crate) fn faults(&self, seen: &Seen) -> Vec<String> {
        let late = |what: &str, minutes: Option<i64>, limit: i64| match minutes {
            Some(minutes) if minutes <= limit => None,
            Some(minutes) => Some(format!("{what} after {minutes} min, not within {limit}")),
            None => Some(format!("never {what}")),
        };
        // What is reported once an hour cannot be known sooner.
        let wait = if self.step > 10 { self.step } else { 0 };
        let mut faults: Vec<String> = [
            late("sure", seen.sure, SURE + wait),
            late("cleared", seen.cleared, CLEARED + wait),
            (seen.technical > 0).then(|| format!("{} technical alarms", seen.technical)),
            (!seen.ends).then(|| "no end by itself".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect();
        faults.iter_mut().for_each(|fault| *fault = format!("{}: {fault}", self.name));
        faults
    }
}

fn ends_by_itself(night: &Night) -> bool {
    let warnings = night.told().flat_map(|(_, out)| &out.warnings);
    warnings.filter(|warning| warning.episode.as_str() == "song").any(|warning| {
        let draft = warning.draft.as_ref().filter(|draft| draft.kind == MessageKind::End);
        draft.is_some_and(|draft| draft.auto_at.is_some())
    })
}

fn gauge(name: &'static str, say: impl Fn(&Moment) -> Vec<Word> + 'static) -> Honest {
    Honest { name, gauge: TRIED, river: River::Flood, step: 10, say: Box::new(say) }
}

fn hourly(name: &'static str, say: impl Fn(&Moment) -> Vec<Word> + 'static) -> Honest {
    let gauge_ = Gauge { interval: Some(("1h", "3h")), ..TRIED };
    Honest { gauge: gauge_, step: 60, ..gauge(name, say) }
}

fn with_radar(name: &'static str, say: impl Fn(&Moment) -> Vec<Word> + 'static) -> Honest {
    Honest { gauge: Gauge { sensors: &["radar"], ..TRIED }, ..gauge(name, say) }
}

fn plain(m: &Moment) -> Vec<Word> {
    vec![Word::stage(m.minute, m.stage)]
}

/// The stage with a stamp that is some seconds off.
fn off(m: &Moment, seconds: i64) -> Vec<Word> {
    let time = t(m.minute) + Span::seconds(seconds);
    let word = Word::stamped(m.minute, time, &format!("\"water_level\":{:.2}", m.stage));
    vec![word.later(Span::seconds(seconds.max(0)))]
}

/// All of them.
pub(crate) fn gauges() -> Vec<Honest> {
    let mut all = kinds();
    all.extend(habits());
    all
}

fn kinds() -> Vec<Honest> {
    let noisy = |m: &Moment| {
        let noise = (scatter(m.minute) % 7) as f64 - 3.0;
        vec![Word::stage(m.minute, to_cm(River::Flood.at(m.minute) + noise / 100.0))]
    };
    let smooth = |m: &Moment| vec![Word::stage(m.minute, to_cm(River::Flood.at(m.minute)))];
    let two = |m: &Moment| {
        let value = to_cm(River::Flood.at(m.minute) + noise(m.minute + 3) / 100.0);
        let reading = format!("\"water_level\":{{\"value\":{value:.2},\"sensor\":\"radar\"}}");
        let time = t(m.minute) - Span::seconds(30);
        vec![Word::stage(m.minute, m.stage), Word::stamped(m.minute, time, &reading)]
    };
    let trailing = |m: &Moment| {
        let value = to_cm(River::Flood.at(m.minute) + noise(m.minute + 3) / 100.0);
        let reading = format!("\"water_level\":{{\"value\":{value:.2},\"sensor\":\"radar\"}}");
        let time = t(m.minute) + Span::seconds(30);
        let word = Word::stamped(m.minute, time, &reading).later(Span::seconds(30));
        vec![Word::stage(m.minute, m.stage), word]
    };
    vec![
        gauge("every 10 min, noise of 1 cm", plain),
        gauge("noise of 3 cm", noisy),
        gauge("no noise at all", smooth),
        hourly("hourly", plain),
        hourly("hourly, every other report 5 s late", |m| off(m, (m.minute / 60) % 2 * 5)),
        hourly("hourly, 5 s later each time", |m| off(m, m.minute / 60 % 12 * 5)),
        gauge("stamps off by up to 7 s", |m| off(m, (scatter(m.minute) % 15) as i64 - 7)),
        with_radar("two sensors, one 30 s behind", two),
        with_radar("two sensors, one 30 s ahead", trailing),
        Honest { river: River::Quick, ..gauge("a small river that falls by 45 cm/h", plain) },
        Honest { river: River::Flash, ..gauge("a flash flood, 2.6 m in 20 min", plain) },
    ]
}

fn habits() -> Vec<Honest> {
    // One of ten, but never as many in a row as would make it silent.
    let lossy = |m: &Moment| {
        let lost = |minute: i64| scatter(minute).is_multiple_of(9);
        if lost(m.minute) && !lost(m.minute - 10) { Vec::new() } else { plain(m) }
    };
    let bursts = |m: &Moment| {
        let one = |minute: i64| {
            let stage = Moment::of(River::Flood, minute, 0).stage;
            format!(r#"{{"time":"{}","readings":{{"water_level":{stage:.2}}}}}"#, t(minute))
        };
        let three: Vec<String> = [m.minute - 20, m.minute - 10, m.minute].map(one).to_vec();
        match m.minute % 30 {
            20 => vec![Word::plain(m.minute, format!("[{}]", three.join(",")))],
            _ => Vec::new(),
        }
    };
    let ghost = |m: &Moment| {
        let mut words = plain(m);
        if m.minute == 60 {
            let reading = "\"water_level\":{\"value\":3.80,\"sensor\":\"radr\"}";
            words.push(Word::of(m.minute, reading));
        }
        words
    };
    let twice = |m: &Moment| [plain(m), plain(m)].concat();
    let corrected = |m: &Moment| {
        let mut words = plain(m);
        if m.minute % 120 == 0 {
            let right = Word::stage(m.minute, to_cm(m.stage + 0.02)).later(Span::seconds(30));
            words.push(right);
        }
        words
    };
    let spike = |m: &Moment| match m.minute {
        // A branch before the radar, on the calm river.
        200 => vec![Word::stage(m.minute, 4.60)],
        _ => plain(m),
    };
    vec![
        gauge("one report of ten is lost", lossy),
        gauge("three reports each half an hour", bursts),
        gauge("a sensor name that came once", ghost),
        gauge("each message twice", twice),
        gauge("a correction of 2 cm every other hour", corrected),
        gauge("clock 9 min fast", |m| {
            let reading = format!("\"water_level\":{:.2}", m.stage);
            vec![Word::stamped(m.minute, t(m.minute + 9), &reading)]
        }),
        gauge("one branch below the levels", spike),
    ]
}

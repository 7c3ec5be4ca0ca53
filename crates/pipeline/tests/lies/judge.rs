//! What is held against a night, from the truth alone.
//!
//! * *False clear*: the stage alarm of the station goes below the level that the truth has at that moment. A provisional
//!   level that is taken back is none; the sure level beneath it counts.
//! * *False end*: a draft that ends the flood warning has a time at which it goes out by itself, or the end has gone out,
//!   while the truth stands at BĐ1 or above. Of a lone gauge that stands still only the end that went out counts: before
//!   its flat-line limit nobody can know.
//! * *Sure false alarm*: the stage alarm is, neither provisionally nor late, at a level that the truth has not come within
//!   the margin (10 cm) of in the last hour; or such a warning went out. A warning of level 1 is none while the truth
//!   rises by 25 cm or more in an hour and a half: that is what the rate of rise warns of.
//! * *BĐ3 missed*: 30 minutes after the truth reached BĐ3 the alarm has not been there, not even provisionally, and
//!   nothing was told of the gauge (45 minutes, the `silent_after` of the pack: a silent gauge shows nothing).
//! * *Told*: the station has a condition (silent, sensor silent, implausible, wrong clock, nonsense), or a technical alarm
//!   names it, or a provisional or late draft of a flood does. Minutes since the lie can be seen.

use domain::{AlarmState, Condition, MessageKind, Outcome, Transition, Warning, WarningMessage};

use crate::night::{Moment, Night, Scene, Word};
use crate::truth::{LEVELS, River, level_of};
use crate::ways::Way;

/// How far below a threshold its alarm is still no false one, m: the margin of the shipped rule.
const MARGIN: f64 = 0.10;
/// How long a false clear is looked for: at the end of it the truth still is above BĐ1.
const UNTIL: i64 = 2_040;

/// What came out of a way to lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) false_clears: usize,
    pub(crate) false_ends: usize,
    pub(crate) false_alarms: usize,
    pub(crate) missed: bool,
    /// Minutes from when the lie could be seen; `None` = never.
    pub(crate) told: Option<i64>,
}

/// Lives through a way to lie.
pub(crate) fn lied(way: &Way) -> Judgement {
    let say = |minute: i64| {
        let moment = Moment::of(way.river, minute, way.from);
        if moment.since >= 0 { (way.say)(&moment) } else { honest(way.scene, &moment) }
    };
    judged(way, &Night::of(way.scene, way.river, (10, UNTIL), say))
}

/// Whether a way to lie comes out the same when the program stops and starts in its midst.
pub(crate) fn survives_restarts(way: &Way) -> bool {
    let say = |minute: i64| {
        let moment = Moment::of(way.river, minute, way.from);
        if moment.since >= 0 { (way.say)(&moment) } else { honest(way.scene, &moment) }
    };
    let all = |night: &Night| night.told().map(|told| format!("{told:?}")).collect::<Vec<_>>();
    let (when, steps) = (way.river, (10, UNTIL));
    let live = all(&Night::of(way.scene, when, steps, say));
    live == all(&Night::restarted(way.scene, when, steps, 23, say))
}

/// What an honest station says.
fn honest(scene: Scene, m: &Moment) -> Vec<Word> {
    match scene {
        Scene::Rain => vec![Word { station: scene.tried(), ..Word::of(m.minute, "\"rain\":0.0") }],
        Scene::Radar => vec![Word::stage(m.minute, m.stage), Word::radar(m.minute, m.stage)],
        Scene::Lone | Scene::Neighbours => vec![Word::stage(m.minute, m.stage)],
    }
}

fn judged(way: &Way, night: &Night) -> Judgement {
    let told = night.told().find(|(now, out)| *now >= way.from && tells_of(way.scene, out));
    let told = told.map(|(now, _)| now);
    let crossed = way.river.reached(LEVELS[2], UNTIL).filter(|_| way.knowable);
    let missed = crossed.is_some_and(|at| {
        let raised = stages(night).any(|(now, t)| level(t.to) >= 3 && now <= at + 30);
        !raised && told.is_none_or(|told| told > at + 45)
    });
    Judgement {
        false_clears: if way.scene == Scene::Rain { 0 } else { false_clears(way.river, night) },
        false_ends: false_ends(way, night),
        false_alarms: false_alarms(way.river, night) + false_warnings(way, night),
        missed: missed && way.scene != Scene::Rain,
        told: told.map(|told| (told - way.visible).max(0)),
    }
}

/// The changes of the stage alarm of the station that is tried.
pub(crate) fn stages(night: &Night) -> impl Iterator<Item = (i64, &Transition)> {
    let mine = |t: &&Transition| t.rule.as_str() == "flood-stage" && t.target.as_str() == "tram";
    night.told().flat_map(move |(now, out)| {
        out.transitions.iter().filter(mine).map(move |change| (now, change))
    })
}

pub(crate) fn level(state: AlarmState) -> u8 {
    match state {
        AlarmState::Level(level) => level.0,
        AlarmState::Unknown | AlarmState::Normal => 0,
    }
}

fn false_clears(river: River, night: &Night) -> usize {
    let (mut sure, mut clears) = (0, 0);
    for (now, change) in stages(night) {
        let to = level(change.to);
        // What late data say was raises nothing; what they lower is lowered all the same.
        if change.late && to >= sure {
            continue;
        }
        if to < sure && to < river.level(now) {
            clears += 1;
        }
        sure = if change.provisional { sure.min(to) } else { to };
    }
    clears
}

fn false_alarms(river: River, night: &Night) -> usize {
    let mut sure = 0;
    let mut count = 0;
    for (now, change) in stages(night).filter(|(_, change)| !change.late && !change.provisional) {
        let to = level(change.to);
        if to > sure && to > level_of(river.highest_of_the_hour(now) + MARGIN) {
            count += 1;
        }
        sure = to;
    }
    count
}

/// Warnings that went out as sure. Beside neighbours they may speak of those.
fn false_warnings(way: &Way, night: &Night) -> usize {
    if way.scene == Scene::Neighbours {
        return 0;
    }
    let river = way.river;
    let false_one = |now: i64, message: &&WarningMessage| {
        let rises = river.at(now) - river.at(now - 90) >= 0.25;
        let seen = level_of(river.highest_of_the_hour(now) + MARGIN).max(u8::from(rises));
        message.hazard == "flood"
            && message.kind == MessageKind::Issue
            && !(message.provisional || message.late)
            && message.level.0 > seen
    };
    night.told().map(|(now, out)| out.messages.iter().filter(|m| false_one(now, m)).count()).sum()
}

fn false_ends(way: &Way, night: &Night) -> usize {
    let river = way.river;
    let mine = |warning: &&Warning| warning.episode.as_str() == "song";
    let by_itself = |warning: &Warning| {
        let draft = warning.draft.as_ref().filter(|draft| draft.kind == MessageKind::End);
        draft.is_some_and(|draft| draft.auto_at.is_some())
    };
    let (mut proposed, mut ends) = (false, 0);
    for (now, out) in night.told().filter(|(now, _)| river.level(*now) >= 1) {
        for warning in out.warnings.iter().filter(mine) {
            let now_proposed = by_itself(warning);
            ends += usize::from(now_proposed && !proposed && way.knowable);
            proposed = now_proposed;
        }
        let gone_out = |m: &&WarningMessage| m.hazard == "flood" && m.kind == MessageKind::End;
        ends += out.messages.iter().filter(gone_out).filter(|_| river.level(now) >= 1).count();
    }
    ends
}

/// Whether something is said of the station that is tried.
fn tells_of(scene: Scene, out: &Outcome) -> bool {
    let id = scene.tried();
    let condition = out.health.iter().filter(|health| health.station.as_str() == id);
    let mut wrong = condition.flat_map(|health| &health.conditions);
    let doubted = |warning: &Warning| {
        let draft = warning.draft.as_ref().filter(|draft| draft.provisional || draft.late);
        warning.hazard != "technical"
            && draft.is_some_and(|d| d.evidence.iter().any(|e| e.station.as_str() == id))
    };
    wrong.any(|(what, _)| *what != Condition::BatteryLow)
        || technical(id, out).next().is_some()
        || out.warnings.iter().any(doubted)
}

/// Technical alarms that name a station.
pub(crate) fn technical<'a>(id: &'a str, out: &'a Outcome) -> impl Iterator<Item = &'a Transition> {
    let names = move |t: &&Transition| {
        t.episode.as_str() == "ky-thuat"
            && level(t.to) > 0
            && t.evidence.iter().any(|evidence| evidence.station.as_str() == id)
    };
    out.transitions.iter().filter(names)
}

//! What the boards say of messages, alarms, warnings and stations.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AlarmState, Condition, MessageKind, StationHealth};

use crate::boards::Chosen;
use crate::expect::{Cell, Expected, floor, windows};
use crate::world::{Arrived, World};

const STATES: [&str; 5] = ["connected", "silent", "clock_wrong", "battery_low", "nonsense"];

/// Rows of a query about anything but readings; `None` when it is about readings.
pub(crate) fn expected(world: &World, name: &str, chosen: &Chosen) -> Option<Expected> {
    let asked = Asked { world, chosen };
    let (board, rest) = name.split_once('/').unwrap();
    let (title, letter) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let n = || usize::from(letter.bytes().next().unwrap() - b'A');
    Some(match (board, title) {
        ("quantrac-truc-ban", "Cảnh báo đang hiệu lực") => asked.open(),
        ("quantrac-truc-ban", "Trạm im lặng") => asked.states("silent"),
        ("quantrac-truc-ban", "Báo động đang có") => asked.alarms(),
        ("quantrac-truc-ban", "Bản tin cảnh báo")
        | ("quantrac-van-hanh", "Bản tin cảnh báo đã phát") => asked.warnings(),
        ("quantrac-suc-khoe", "Số trạm theo trạng thái") => asked.states(STATES[n()]),
        ("quantrac-suc-khoe", "Trạng thái của trạm") => asked.overview(),
        ("quantrac-suc-khoe", "Diễn biến trạng thái") => asked.conditions(),
        ("quantrac-suc-khoe", "Bản tin và độ trễ theo trạm") => asked.traffic(false),
        ("quantrac-van-hanh", "Trạm có số liệu để riêng") => asked.traffic(true),
        ("quantrac-van-hanh", "Bản tin mới nhất trong InfluxDB") => asked.newest(n() == 1),
        ("quantrac-van-hanh", "Trong khoảng đang xem") => {
            let all = asked.heard().map(|arrived| counts(arrived)[n()]).sum::<usize>();
            Expected::value(all)
        }
        ("quantrac-van-hanh", "Báo động được nêu") => asked.raised(),
        ("quantrac-van-hanh", "Bản tin đến mỗi phút") => asked.rate(),
        ("quantrac-van-hanh", "Để riêng và trùng") => asked.each(n() + 1),
        ("quantrac-van-hanh", "Độ trễ từ lúc đo đến lúc nhận") => {
            asked.delay([0.5, 0.95, 1.0][n()])
        }
        ("quantrac-van-hanh", "Chuyển mức báo động") => asked.transitions(),
        _ => return None,
    })
}

/// Readings, set aside, duplicates.
fn counts(arrived: &Arrived) -> [usize; 3] {
    [arrived.readings, arrived.set_aside, arrived.duplicates]
}

fn is(health: &StationHealth, state: &str) -> Option<bool> {
    let has = |condition| health.conditions.iter().any(|(one, _)| *one == condition);
    match state {
        "connected" => health.connected,
        "silent" => Some(has(Condition::Silent)),
        "clock_wrong" => Some(has(Condition::ClockWrong)),
        "battery_low" => Some(has(Condition::BatteryLow)),
        _ => Some(has(Condition::SendsNonsense)),
    }
}

fn level(state: AlarmState) -> f64 {
    match state {
        AlarmState::Unknown => -1.0,
        AlarmState::Normal => 0.0,
        AlarmState::Level(level) => level.0.into(),
    }
}

struct Asked<'a> {
    world: &'a World,
    chosen: &'a Chosen,
}

/// Rule, target and time of a change.
type Change = (String, String, i64);

impl Asked<'_> {
    fn heard(&self) -> impl Iterator<Item = &Arrived> {
        self.world.arrivals.iter().filter(|arrived| self.chosen.holds(arrived.at))
    }

    /// Changes of the alarms; of several at one time the last one stands.
    fn changes(&self, within: impl Fn(i64) -> bool) -> BTreeMap<Change, (f64, bool)> {
        let seen = self.world.transitions.iter().filter(|one| within(one.at.millis()));
        let one = |one: &domain::Transition| {
            let key = (one.rule.to_string(), one.target.to_string(), one.at.millis());
            (key, (level(one.to), one.provisional))
        };
        seen.map(one).collect()
    }

    fn change_row(
        &self,
        ((rule, target, at), (level, provisional)): (Change, (f64, bool)),
    ) -> Vec<Cell> {
        let provisional = if provisional { "true" } else { "false" };
        vec![
            at.into(),
            self.world.name(&target).into(),
            rule.into(),
            level.into(),
            provisional.into(),
        ]
    }

    fn alarms(&self) -> Expected {
        let changes = self.changes(|at| self.chosen.just_before(400, at));
        let mut last: BTreeMap<(String, String), (Change, (f64, bool))> = BTreeMap::new();
        for (change, state) in changes {
            last.insert((change.0.clone(), change.1.clone()), (change, state));
        }
        let rows = last.into_values().filter(|(_, (level, _))| *level != 0.0);
        let rows: Vec<_> = rows.map(|row| self.change_row(row)).collect();
        Expected::new(&["at", "target", "rule", "level", "provisional"], rows).falling("level")
    }

    fn transitions(&self) -> Expected {
        let rows =
            self.changes(|at| self.chosen.holds(at)).into_iter().map(|row| self.change_row(row));
        let rows: Vec<_> = rows.collect();
        Expected::new(&["at", "target", "rule", "level", "provisional"], rows).top("at", 500)
    }

    fn raised(&self) -> Expected {
        let changes = self.changes(|at| self.chosen.holds(at));
        Expected::value(changes.values().filter(|(level, _)| *level >= 1.0).count())
    }

    fn warnings(&self) -> Expected {
        let mut rows: BTreeMap<_, Vec<Cell>> = BTreeMap::new();
        for (episode, message) in &self.world.messages {
            let at = message.sent_at.millis();
            if !self.chosen.holds(at) {
                continue;
            }
            let kind = match message.kind {
                MessageKind::Issue => "issue",
                MessageKind::Update => "update",
                MessageKind::End => "end",
                MessageKind::Cancel => "cancel",
            };
            let row = vec![
                at.into(),
                episode.as_str().into(),
                kind.into(),
                message.text.vi.headline.as_str().into(),
                message.level.0.into(),
                i64::from(message.number).into(),
            ];
            rows.insert((episode.clone(), kind, at), row);
        }
        let columns = ["at", "episode", "kind", "headline", "level", "number"];
        Expected::new(&columns, rows.into_values()).falling("at")
    }

    fn open(&self) -> Expected {
        let mut last = BTreeMap::new();
        for (episode, message) in &self.world.messages {
            if self.chosen.just_before(90, message.sent_at.millis()) {
                last.insert(episode, message.kind);
            }
        }
        let on = |kind: &&MessageKind| matches!(kind, MessageKind::Issue | MessageKind::Update);
        let count = last.values().filter(on).count();
        Expected::new(&["_value"], (count > 0).then(|| vec![count.into()]))
    }

    /// How each station was last before the end.
    fn last_health(&self) -> BTreeMap<&String, BTreeMap<&'static str, bool>> {
        let mut found = BTreeMap::new();
        for (station, log) in &self.world.health {
            if !self.chosen.takes(station) {
                continue;
            }
            let mut states = BTreeMap::new();
            for (_, health) in log.iter().filter(|(at, _)| self.chosen.just_before(400, *at)) {
                states.extend(STATES.iter().filter_map(|state| Some((*state, is(health, state)?))));
            }
            if !states.is_empty() {
                found.insert(station, states);
            }
        }
        found
    }

    fn states(&self, state: &str) -> Expected {
        let last = self.last_health();
        let known: Vec<bool> =
            last.values().filter_map(|states| states.get(state).copied()).collect();
        let count = known.iter().filter(|is| **is).count();
        Expected::new(&["_value"], (!known.is_empty()).then(|| vec![count.into()]))
    }

    fn overview(&self) -> Expected {
        let health = self.last_health();
        let mut heard: BTreeMap<&String, f64> = BTreeMap::new();
        for arrived in &self.world.arrivals {
            if self.chosen.takes(&arrived.station) && self.chosen.just_before(30, arrived.at) {
                // Nanoseconds tell messages of one millisecond apart.
                heard.insert(
                    &arrived.station,
                    arrived.at as f64 + (arrived.seq % 1_000_000) as f64 / 1e6,
                );
            }
        }
        let mut volts: BTreeMap<&String, f64> = BTreeMap::new();
        for (key, points) in
            self.world.all("battery").filter(|(key, _)| self.chosen.takes(&key.station))
        {
            let seen = points.iter().filter(|point| self.chosen.just_before(30, point.at));
            volts.extend(seen.filter_map(|point| Some((&key.station, point.value?))));
        }
        let stations: BTreeSet<_> = health.keys().chain(heard.keys()).chain(volts.keys()).collect();
        let row = |station: &&&String| {
            let state = |name: &&str| {
                let state = health.get(**station).and_then(|states| states.get(name));
                Cell::from(state.map(|is| f64::from(u8::from(*is))))
            };
            let mut row = vec![Cell::from(self.world.name(station))];
            row.extend(STATES.iter().map(state));
            row.extend([
                volts.get(**station).copied().into(),
                heard.get(**station).copied().into(),
            ]);
            row
        };
        let columns = [&["station"], &STATES[..], &["volts", "heard"]].concat();
        Expected::new(&columns, stations.iter().map(row)).falling("silent")
    }

    fn conditions(&self) -> Expected {
        let mut rows = Vec::new();
        let from = self.chosen.from.millis();
        for (station, log) in
            self.world.health.iter().filter(|(station, _)| self.chosen.takes(station))
        {
            let worst = |health: &StationHealth| {
                let names = ["battery_low", "clock_wrong", "nonsense", "silent"];
                let worst = (0..4).rev().find(|n| is(health, names[*n]) == Some(true));
                worst.map_or(0.0, |n| n as f64 + 1.0)
            };
            let mut states: BTreeMap<i64, f64> = BTreeMap::new();
            for (at, health) in log {
                match self.chosen.holds(*at) {
                    true => drop(states.insert(*at, worst(health))),
                    false if *at < from => drop(states.insert(from, worst(health))),
                    false => {}
                }
            }
            let name = self.world.name(station);
            rows.extend(
                states
                    .into_iter()
                    .map(|(at, state)| vec![name.as_str().into(), at.into(), state.into()]),
            );
        }
        Expected::new(&["station", "_time", "_value"], rows)
    }

    fn traffic(&self, only_set_aside: bool) -> Expected {
        let mut stations: BTreeMap<&str, Vec<&Arrived>> = BTreeMap::new();
        for arrived in self.heard() {
            if only_set_aside || self.chosen.takes(&arrived.station) {
                stations.entry(&arrived.station).or_default().push(arrived);
            }
        }
        let row = |(station, all): (&str, Vec<&Arrived>)| {
            let sum = |n: usize| all.iter().map(|arrived| counts(arrived)[n]).sum::<usize>();
            let mut delays: Vec<f64> =
                all.iter().filter_map(|arrived| Some(arrived.delay? as f64)).collect();
            delays.sort_by(f64::total_cmp);
            (!only_set_aside || sum(1) > 0).then(|| {
                vec![
                    self.world.name(station).into(),
                    all.len().into(),
                    sum(0).into(),
                    sum(1).into(),
                    sum(2).into(),
                    quantile(&delays, 0.5).into(),
                    delays.last().copied().into(),
                ]
            })
        };
        let columns =
            ["station", "messages", "readings", "set_aside", "duplicates", "median", "longest"];
        let rows = Expected::new(&columns, stations.into_iter().filter_map(row));
        if only_set_aside { rows.falling("set_aside") } else { rows }
    }

    fn newest(&self, number: bool) -> Expected {
        let seen = self.world.arrivals.iter().filter(|one| self.chosen.just_before(30, one.at));
        let newest = seen.max_by_key(|arrived| (arrived.at, arrived.seq % 1_000_000));
        let row = |arrived: &Arrived| match number {
            true => vec![Cell::from(arrived.seq as f64)],
            false => vec![Cell::from(arrived.at as f64 + (arrived.seq % 1_000_000) as f64 / 1e6)],
        };
        Expected::new(&["_value"], newest.map(row))
    }

    fn rate(&self) -> Expected {
        let period = self.chosen.period();
        let values: Vec<_> = self.heard().map(|arrived| (arrived.at, 1.0)).collect();
        let row = |(at, count): (i64, Option<f64>)| {
            vec![at.into(), (count.unwrap_or(0.0) * 60_000.0 / period as f64).into()]
        };
        let drawn = windows(self.chosen, period, true, &values, |a, b| a + b);
        Expected::new(&["_time", "_value"], drawn.into_iter().map(row))
    }

    fn each(&self, n: usize) -> Expected {
        let values: Vec<_> =
            self.heard().map(|arrived| (arrived.at, counts(arrived)[n] as f64)).collect();
        let drawn = windows(self.chosen, self.chosen.period(), false, &values, |a, b| a + b);
        let row = |(at, sum): (i64, Option<f64>)| vec![at.into(), sum.into()];
        Expected::new(&["_time", "_value"], drawn.into_iter().map(row))
    }

    fn delay(&self, q: f64) -> Expected {
        let period = self.chosen.period();
        let known = self.heard().any(|arrived| arrived.delay.is_some());
        // A line without any value is no line.
        let none =
            if known { windows(self.chosen, period, true, &[], f64::max) } else { Vec::new() };
        let mut all: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for arrived in self.heard() {
            let start = floor(arrived.at, period).max(self.chosen.from.millis());
            all.entry(start).or_default().extend(arrived.delay.map(|delay| delay as f64));
        }
        let row = |(at, _): (i64, Option<f64>)| {
            let mut delays = all.get(&at).cloned().unwrap_or_default();
            delays.sort_by(f64::total_cmp);
            vec![at.into(), quantile(&delays, q).into()]
        };
        Expected::new(&["_time", "_value"], none.into_iter().map(row))
    }
}

/// Between the two nearest values, in proportion.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q * last as f64;
    let (below, above) = (at.floor(), at.ceil());
    let (low, high) = (sorted[below as usize], sorted[above as usize]);
    Some(if below == above { low } else { low * (above - at) + high * (at - below) })
}

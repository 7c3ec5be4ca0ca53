//! Compares the entries of a pack with each other.

mod paper;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Display;

use domain::parameter::Kind;
use domain::{Level, Span};

use super::{Fault, Pack, Station};

/// Every contradiction found.
pub(super) fn faults(pack: &Pack) -> Vec<Fault> {
    let mut check = Checker { pack, faults: Vec::new() };
    check.about();
    check.parameters();
    pack.stations.values().for_each(|station| check.station(station));
    check.basins();
    check.levels();
    check.impacts();
    check.agencies();
    check.limits();
    check.rules();
    check.episodes();
    check.policies();
    check.forces();
    check.faults
}

/// What is no fault but worth knowing.
pub(super) fn remarks(pack: &Pack) -> Vec<Fault> {
    rules::short_gaps(pack)
}

struct Checker<'a> {
    pack: &'a Pack,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, file: &str, key: impl Display, value: impl Display, problem: &str) {
        self.faults.push(Fault {
            file: file.to_owned(),
            key: key.to_string(),
            value: value.to_string(),
            problem: problem.to_owned(),
        });
    }

    fn demand(
        &mut self,
        holds: bool,
        file: &str,
        key: impl Display,
        value: impl Display,
        problem: &str,
    ) {
        if !holds {
            self.fault(file, key, value, problem);
        }
    }

    fn about(&mut self) {
        let about = &self.pack.about;
        let (min, window, max) = (about.rise_min, about.rise_window, about.rise_max);
        let ordered = Span::ZERO < min && min <= window && window <= max;
        self.demand(
            ordered,
            "pack.toml",
            "rise_window",
            window,
            "needs 0 < rise_min ≤ rise_window ≤ rise_max",
        );
        let short = about.reorder_hold >= Span::ZERO && about.reorder_hold <= Span::minutes(10);
        self.demand(
            short,
            "pack.toml",
            "reorder_hold",
            about.reorder_hold,
            "must be between 0s and 10min: it delays warnings",
        );
        self.demand(
            about.nonsense_messages > 0,
            "pack.toml",
            "nonsense_messages",
            about.nonsense_messages,
            "must be at least 1",
        );
        let (stale, horizon) = (about.forecast_stale_after, about.forecast_horizon);
        self.demand(
            Span::ZERO < stale && stale <= horizon,
            "pack.toml",
            "forecast_horizon",
            horizon,
            "needs 0 < forecast_stale_after ≤ forecast_horizon",
        );
        let finite = about.sentinels.iter().all(|value| value.is_finite());
        self.demand(
            finite,
            "pack.toml",
            "sentinels",
            format!("{:?}", about.sentinels),
            "must be plain numbers",
        );
    }

    fn parameters(&mut self) {
        let pack = self.pack;
        for parameter in pack.parameters.values() {
            let key = format!("parameter ({})", parameter.id);
            if let Some(feeds) = &parameter.feeds {
                let known = pack.parameters.get(feeds).is_some_and(|p| p.kind == Kind::Amount);
                self.demand(
                    known,
                    "parameters.toml",
                    &key,
                    feeds,
                    "feeds must name a parameter of kind amount",
                );
            }
            let counts = parameter.kind == Kind::Counter;
            self.demand(
                counts == parameter.feeds.is_some(),
                "parameters.toml",
                &key,
                "feeds",
                "a counter, and only a counter, feeds an amount",
            );
            let positive = parameter.window.is_none_or(|window| window > Span::ZERO);
            self.demand(positive, "parameters.toml", &key, "window", "must be longer than 0s");
        }
    }

    fn station(&mut self, station: &Station) {
        let pack = self.pack;
        let key = |field: &str| format!("station ({}).{field}", station.id);
        let file = "stations.toml";
        for parameter in &station.parameters {
            let known = pack.parameters.contains_key(parameter);
            self.demand(known, file, key("parameters"), parameter, "is not in parameters.toml");
        }
        if let Some(river) = &station.river {
            let known = pack.rivers.iter().any(|r| r.id == *river);
            self.demand(known, file, key("river"), river, "is no [[river]] of this file");
        }
        if let Some(basin) = &station.basin {
            self.demand(
                pack.basins.contains_key(basin),
                file,
                key("basin"),
                basin,
                "is not in basins.toml",
            );
        }
        if let Some(next) = &station.downstream {
            self.demand(
                pack.stations.contains_key(next),
                file,
                key("downstream"),
                next,
                "is no station",
            );
        }
        for area in &station.areas {
            self.demand(
                pack.areas.iter().any(|a| a.id == *area),
                file,
                key("areas"),
                area,
                "is not in areas.toml",
            );
        }
        for sensor in station.retired.iter().filter(|sensor| station.sensors.contains(sensor)) {
            let problem = "is named under sensors too: a sensor is there or retired, not both";
            self.fault(file, key("retired"), sensor, problem);
        }
        self.demand(
            station.interval > Span::ZERO,
            file,
            key("interval"),
            station.interval,
            "must be longer than 0s",
        );
        self.demand(
            station.silent_after > station.interval,
            file,
            key("silent_after"),
            station.silent_after,
            "must be longer than the interval",
        );
        self.demand(
            !pack.basins.contains_key(&station.id),
            file,
            key("id"),
            &station.id,
            "is the name of a basin too",
        );
        // Under these names warnings are published.
        let free = !matches!(station.id.as_str(), "warning" | "exercise");
        self.demand(free, file, key("id"), &station.id, "is no name for a station: rename it");
        self.position(station);
    }

    fn position(&mut self, station: &Station) {
        let key = |field: &str| format!("station ({}).{field}", station.id);
        let file = "stations.toml";
        let placed = station.lat.is_some() == station.lon.is_some();
        self.demand(placed, file, key("lat"), "", "give both lat and lon, or neither");
        let sourced = station.lat.is_none() || station.position_source.is_some();
        self.demand(sourced, file, key("position_source"), "", "a position needs its source");
        let inside = station.lat.is_none_or(|lat| (-90.0..=90.0).contains(&lat))
            && station.lon.is_none_or(|lon| (-180.0..=180.0).contains(&lon));
        self.demand(inside, file, key("lat"), "", "is not on the globe");
    }

    fn basins(&mut self) {
        for basin in self.pack.basins.values() {
            let key = format!("basin ({})", basin.id);
            let share = basin.quorum > 0.0 && basin.quorum <= 1.0;
            self.demand(
                share,
                "basins.toml",
                format!("{key}.quorum"),
                basin.quorum,
                "must be above 0 and at most 1",
            );
            let whole =
                basin.step > Span::ZERO && Span::days(1).millis() % basin.step.millis() == 0;
            self.demand(
                whole,
                "basins.toml",
                format!("{key}.step"),
                basin.step,
                "must divide a day",
            );
        }
    }

    fn levels(&mut self) {
        let pack = self.pack;
        let mut by_place: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for level in &pack.levels {
            let key = format!("level ({} {})", level.station, level.name);
            let there = pack
                .stations
                .get(&level.station)
                .is_some_and(|s| s.parameters.contains(&level.parameter));
            self.demand(
                there,
                "levels.toml",
                &key,
                &level.parameter,
                "the station does not measure this",
            );
            self.demand(
                level.level > Level(0),
                "levels.toml",
                &key,
                level.level.0,
                "levels begin at 1",
            );
            by_place.entry((&level.station, &level.parameter)).or_default().push(level);
        }
        for (place, levels) in by_place {
            for (index, one) in levels.iter().enumerate() {
                for two in &levels[index + 1..] {
                    let together =
                        one.valid_from.is_none_or(|from| two.valid_to.is_none_or(|to| from < to))
                            && two
                                .valid_from
                                .is_none_or(|from| one.valid_to.is_none_or(|to| from < to));
                    let ordered = one.level.cmp(&two.level) == one.value.total_cmp(&two.value);
                    let key = format!("level ({} {})", place.0, two.name);
                    self.demand(
                        !together || one.level != two.level,
                        "levels.toml",
                        &key,
                        two.value,
                        "two values of one level are in force at the same time",
                    );
                    self.demand(
                        !together || ordered,
                        "levels.toml",
                        &key,
                        two.value,
                        "a higher level needs a higher value",
                    );
                }
            }
        }
        for record in &pack.records {
            let known = pack.stations.contains_key(&record.station);
            self.demand(
                known,
                "levels.toml",
                format!("record ({})", record.station),
                record.value,
                "is no station",
            );
        }
    }

    fn limits(&mut self) {
        let pack = self.pack;
        for entry in &pack.limits {
            let key = format!("limits ({})", entry.parameter);
            let known = pack.parameters.contains_key(&entry.parameter);
            self.demand(known, "quality.toml", &key, &entry.parameter, "is not in parameters.toml");
            for station in &entry.stations {
                self.demand(
                    pack.stations.contains_key(station),
                    "quality.toml",
                    &key,
                    station,
                    "is no station",
                );
            }
            for problem in entry.limits.faults() {
                self.fault("quality.toml", &key, "limits", &problem);
            }
        }
    }

    fn episodes(&mut self) {
        let pack = self.pack;
        for episode in &pack.episodes {
            let key = format!("episode ({})", episode.id);
            self.demand(
                episode.id.as_str().len() <= 40,
                "episodes.toml",
                &key,
                &episode.id,
                "must not be longer than 40 characters",
            );
            for river in &episode.rivers {
                self.demand(
                    pack.rivers.iter().any(|r| r.id == *river),
                    "episodes.toml",
                    &key,
                    river,
                    "is no river",
                );
            }
            for basin in &episode.basins {
                self.demand(
                    pack.basins.contains_key(basin),
                    "episodes.toml",
                    &key,
                    basin,
                    "is no basin",
                );
            }
            for area in &episode.areas {
                self.demand(
                    pack.areas.iter().any(|a| a.id == *area),
                    "episodes.toml",
                    &key,
                    area,
                    "is not in areas.toml",
                );
            }
        }
    }

    fn policies(&mut self) {
        for hazard in self.pack.episodes.iter().map(|episode| &episode.hazard) {
            let found = warning::policy(&self.pack.policies, hazard, Level(1)).is_some();
            self.demand(
                found,
                "policy.toml",
                "policy",
                hazard,
                "needs a policy for level 1 of this hazard",
            );
        }
    }

    fn forces(&mut self) {
        let forces = &self.pack.forces;
        let ascending = forces
            .windows(2)
            .all(|pair| pair[0].from_mps < pair[1].from_mps && pair[0].force < pair[1].force);
        self.demand(
            ascending,
            "beaufort.toml",
            "force",
            forces.len(),
            "forces must ascend with their speeds",
        );
    }
}

//! What the boards say of readings: the duty overview, one station, rain.

use std::collections::BTreeMap;

use crate::boards::Chosen;
use crate::expect::{
    Cell, Coarse, DAY, Expected, Tier, choice, coarse, floor, lines, tier, windows,
};
use crate::world::{Key, ONE, Point, World};

type Lines = BTreeMap<String, Vec<(i64, f64)>>;

/// Rows of a query about readings; `None` when it is about something else.
pub(crate) fn expected(world: &World, name: &str, chosen: &Chosen) -> Option<Expected> {
    let asked = Asked { world, chosen };
    let (board, rest) = name.split_once('/').unwrap();
    let (title, letter) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let n = || letter.bytes().next().unwrap() - b'A' + 1;
    Some(match (board, title) {
        ("quantrac-truc-ban", "Mức báo động cao nhất") => Expected::value(asked.highest()),
        ("quantrac-truc-ban", "Trạm từ báo động 1 trở lên") => {
            Expected::value(asked.alarmed())
        }
        ("quantrac-truc-ban", "Số liệu mới nhất") => asked.freshest(),
        ("quantrac-truc-ban", "Mực nước so với báo động") => asked.stages(),
        ("quantrac-truc-ban", "Diễn biến mức báo động") => asked.levels(),
        ("quantrac-truc-ban", "Mưa lớn nhất") => asked.rain(),
        ("quantrac-truc-ban", "Gió mạnh nhất") => asked.wind(),
        ("quantrac-tram", "$station") | ("quantrac-suc-khoe", "$station") => {
            choice(world, chosen, |key| !key.parameter.starts_with("basin_"))
        }
        ("quantrac-tram", "Mực nước") => asked.single("water_level"),
        ("quantrac-tram", "So với các mức báo động") => {
            asked.single(&format!("water_level_over_bd{}", n()))
        }
        ("quantrac-tram", "Cường suất") => asked.single("water_level_rise"),
        ("quantrac-tram", "Mưa tại trạm") => {
            asked.single(["rain_1h", "rain_24h"][usize::from(n()) - 1])
        }
        ("quantrac-tram", "Ắc quy") => asked.single("battery"),
        ("quantrac-tram", "Mưa tại trạm, treo từ trên") => asked.hyetograph(),
        ("quantrac-tram", "Mực nước và các mức báo động") => match n() {
            1 => asked.series("water_level", "sensor", |coarse| coarse.max, f64::max),
            2 => asked.flagged("water_level", 3),
            3 => asked.flagged("water_level", 4),
            n => asked.alarm_level(usize::from(n) - 3),
        },
        ("quantrac-tram", "Cường suất mực nước") => {
            asked.series("water_level_rise", "sensor", |coarse| coarse.max, f64::max)
        }
        ("quantrac-tram", "Chất lượng số liệu") => asked.flags(),
        ("quantrac-tram", "Số liệu mới nhất của trạm") => asked.latest(),
        ("quantrac-tram", "Điện áp ắc quy") => {
            asked.series("battery", "sensor", |coarse| coarse.min, f64::min)
        }
        ("quantrac-suc-khoe", "Điện áp ắc quy") => {
            asked.series("battery", "station", |coarse| coarse.min, f64::min)
        }
        ("quantrac-suc-khoe", "Độ đủ số liệu mỗi ngày") => asked.coverage(),
        ("quantrac-mua", "$station") => choice(world, chosen, |key| key.parameter == "rain"),
        ("quantrac-mua", "Tổng mưa của trạm") => asked.sums("rain", Some("rain_day")),
        ("quantrac-mua", "Mưa trung bình lưu vực") => asked.sums("basin_rain", None),
        ("quantrac-mua", "Mưa mỗi giờ") => asked.hyetograph(),
        ("quantrac-mua", "Mưa 1 giờ trung bình lưu vực") => {
            asked.every("basin_rain_1h", "station", |coarse| coarse.max, f64::max)
        }
        ("quantrac-mua", "Mưa cộng dồn từ 19 giờ") => {
            asked.series("rain_day", "station", |coarse| coarse.max, f64::max)
        }
        ("quantrac-mua", "Mưa ngày 19 giờ đến 19 giờ") => asked.rain_days(),
        ("quantrac-mua", "Ngày mưa lớn nhất trong năm") => asked.wettest(),
        _ => return None,
    })
}

struct Asked<'a> {
    world: &'a World,
    chosen: &'a Chosen,
}

/// A station's newest stage.
struct Stage {
    level: f64,
    row: Vec<Cell>,
}

impl Asked<'_> {
    fn stage_rows(&self) -> Vec<Stage> {
        let newest = |(key, _): (&Key, &Vec<Point>)| {
            let point = self.world.newest(key, self.chosen, 7)?;
            let beside = |parameter: &str| {
                self.world
                    .beside(key, parameter, point.at, self.chosen)
                    .and_then(|point| point.value)
            };
            let over = [1, 2, 3].map(|n| beside(&format!("water_level_over_bd{n}")));
            let level = match (point.usable(), over[0]) {
                (Some(_), Some(_)) => {
                    let reached =
                        (1..=3).rev().find(|n| over[n - 1].is_some_and(|over| over >= 0.0));
                    reached.map_or(0.0, |n| n as f64)
                }
                _ => -1.0,
            };
            let row = vec![
                self.world.name(&key.station).into(),
                key.sensor.as_str().into(),
                key.station.as_str().into(),
                point.at.into(),
                point.value.into(),
                point.flag.into(),
                beside("water_level_rise").into(),
                over[0].into(),
                over[1].into(),
                over[2].into(),
                level.into(),
            ];
            Some(Stage { level, row })
        };
        self.world.all("water_level").filter_map(newest).collect()
    }

    fn stages(&self) -> Expected {
        let columns = [
            "station", "sensor", "id", "at", "value", "flag", "rise", "over1", "over2", "over3",
            "level",
        ];
        Expected::new(&columns, self.stage_rows().into_iter().map(|stage| stage.row))
            .falling("level")
    }

    fn highest(&self) -> f64 {
        self.stage_rows().iter().map(|stage| stage.level).fold(-1.0, f64::max)
    }

    fn alarmed(&self) -> usize {
        self.stage_rows().iter().filter(|stage| stage.level >= 1.0).count()
    }

    fn freshest(&self) -> Expected {
        let times = self.world.readings.values().flatten().map(|point| point.at);
        let at = times.filter(|at| self.chosen.just_before(7, *at)).max().unwrap();
        Expected::new(&["_value"], [vec![at.into()]])
    }

    fn levels(&self) -> Expected {
        let (tier, every) = tier(self.chosen);
        let mut all = Lines::new();
        for n in 1..=3 {
            for (key, points) in self.world.all(&format!("water_level_over_bd{n}")) {
                let values =
                    self.read(points, tier, false, |point| point.value, |coarse| coarse.max);
                let reached = |value: f64| if value >= 0.0 { f64::from(n) } else { 0.0 };
                let line = all.entry(self.world.name(&key.station)).or_default();
                line.extend(values.into_iter().map(|(at, value)| (at, reached(value))));
            }
        }
        self.drawn("station", all, every, true, f64::max)
    }

    /// Lines, those without any value left out.
    fn drawn(
        &self,
        label: &'static str,
        mut all: Lines,
        every: i64,
        empty: bool,
        fold: fn(f64, f64) -> f64,
    ) -> Expected {
        all.retain(|_, values| !values.is_empty());
        lines(label, all, |values| windows(self.chosen, every, empty, values, fold))
    }

    /// Values within the range: of readings, or of hours and days.
    fn read(
        &self,
        points: &[Point],
        tier: Tier,
        amounts: bool,
        raw: impl Fn(&Point) -> Option<f64>,
        of: fn(&Coarse) -> f64,
    ) -> Vec<(i64, f64)> {
        let seen = |at: i64| self.chosen.holds(at);
        match tier {
            Tier::Raw => {
                let seen = points.iter().filter(|point| seen(point.at));
                seen.filter_map(|point| Some((point.at, raw(point)?))).collect()
            }
            Tier::Coarse(step) => {
                let made = coarse(points, step, amounts).into_iter();
                let counts = made.filter(|(at, coarse)| seen(*at) && coarse.count > 0);
                counts.map(|(at, coarse)| (at, of(&coarse))).collect()
            }
        }
    }

    fn mine(&self, label: &str, key: &Key) -> Option<String> {
        match label {
            "sensor" => (key.station == ONE).then(|| key.sensor.clone()),
            _ => self.chosen.takes(&key.station).then(|| self.world.name(&key.station)),
        }
    }

    fn series(
        &self,
        parameter: &str,
        label: &'static str,
        of: fn(&Coarse) -> f64,
        fold: fn(f64, f64) -> f64,
    ) -> Expected {
        self.line(parameter, label, of, fold, |key| self.mine(label, key))
    }

    /// The same of every place, whatever was chosen.
    fn every(
        &self,
        parameter: &str,
        label: &'static str,
        of: fn(&Coarse) -> f64,
        fold: fn(f64, f64) -> f64,
    ) -> Expected {
        self.line(parameter, label, of, fold, |key| Some(self.world.name(&key.station)))
    }

    fn line(
        &self,
        parameter: &str,
        label: &'static str,
        of: fn(&Coarse) -> f64,
        fold: fn(f64, f64) -> f64,
        named: impl Fn(&Key) -> Option<String>,
    ) -> Expected {
        let (tier, every) = tier(self.chosen);
        let mut all = Lines::new();
        for (key, points) in self.world.all(parameter) {
            let Some(name) = named(key) else { continue };
            let values = self.read(points, tier, false, Point::usable, of);
            all.entry(name).or_default().extend(values);
        }
        self.drawn(label, all, every, true, fold)
    }

    /// Only what has this flag; of hours and days, those with something suspect in them.
    fn flagged(&self, parameter: &str, flag: u8) -> Expected {
        let (tier, every) = tier(self.chosen);
        let mut all = Lines::new();
        for (key, points) in self.world.all(parameter) {
            let Some(name) = self.mine("sensor", key) else { continue };
            let raw = |point: &Point| point.value.filter(|_| point.flag == flag);
            let mut values = self.read(points, tier, false, raw, |coarse| coarse.max);
            if let Tier::Coarse(step) = tier {
                let made = coarse(points, step, false);
                values.retain(|(at, _)| flag == 3 && made[at].suspect > 0);
            }
            all.entry(name).or_default().extend(values);
        }
        self.drawn("sensor", all, every, false, f64::max)
    }

    /// The height that the configuration gives, wherever there is a stage to compare with.
    fn alarm_level(&self, n: usize) -> Expected {
        let (tier, every) = tier(self.chosen);
        let height = self.world.heights[&(ONE.to_owned(), n)];
        let mut values = Vec::new();
        for (key, points) in self.world.all(&format!("water_level_over_bd{n}")) {
            if key.station == ONE {
                values.extend(self.read(points, tier, false, |point| point.value, |_| 0.0));
            }
        }
        let drawn = windows(self.chosen, every, false, &values, f64::max);
        let row = |(at, _): (i64, Option<f64>)| vec![at.into(), height.into()];
        Expected::new(&["_time", "_value"], drawn.into_iter().map(row))
    }

    fn hyetograph(&self) -> Expected {
        let (_, period) = tier(self.chosen);
        let (tier, every) = match tier(self.chosen) {
            (Tier::Raw, _) => (Tier::Raw, period.max(crate::expect::HOUR)),
            coarse => coarse,
        };
        let mut all: BTreeMap<(String, i64), f64> = BTreeMap::new();
        for (key, points) in self.world.all("rain") {
            if !self.chosen.takes(&key.station) {
                continue;
            }
            let values: Vec<(i64, f64)> = match tier {
                Tier::Raw => {
                    let end = self.chosen.to.millis();
                    let good = points.iter().filter(|point| point.at < end);
                    good.filter_map(|point| Some((point.at - 1, point.usable()?))).collect()
                }
                Tier::Coarse(_) => self.read(points, tier, true, |_| None, |coarse| coarse.sum),
            };
            for (at, value) in values {
                *all.entry((self.world.name(&key.station), floor(at, every))).or_default() += value;
            }
        }
        let row =
            |((name, at), sum): ((String, i64), f64)| vec![name.into(), at.into(), sum.into()];
        let from = self.chosen.from.millis();
        Expected::new(&["station", "_time", "_value"], all.into_iter().map(row)).seen_from(from)
    }

    fn flags(&self) -> Expected {
        const DERIVED: [&str; 2] = ["wind_force", "gust_force"];
        let (tier, every) = tier(self.chosen);
        let mut all = Lines::new();
        for (key, points) in &self.world.readings {
            let derived = DERIVED.contains(&key.parameter.as_str())
                || key.parameter.starts_with("rain_") && key.parameter != "rain_counter"
                || key.parameter.starts_with("water_level_");
            if key.station != ONE || derived {
                continue;
            }
            let values: Vec<_> = match tier {
                Tier::Raw => {
                    let seen = points.iter().filter(|point| self.chosen.holds(point.at));
                    seen.map(|point| (point.at, f64::from(point.flag))).collect()
                }
                Tier::Coarse(step) => {
                    let made = coarse(points, step, key.parameter == "rain").into_iter();
                    let seen = made.filter(|(at, _)| self.chosen.holds(*at));
                    seen.map(|(at, coarse)| (at, f64::from(coarse.flag))).collect()
                }
            };
            all.entry(self.world.name(&key.parameter)).or_default().extend(values);
        }
        self.drawn("parameter", all, every, true, f64::max)
    }

    /// The newest value of the station, when it can be used.
    fn single(&self, parameter: &str) -> Expected {
        let own = self.world.all(parameter).filter(|(key, _)| key.station == ONE);
        let newest = own.filter_map(|(key, _)| self.world.newest(key, self.chosen, 7));
        let newest = newest.max_by_key(|point| point.at);
        let row = |point: Point| Some(vec![point.at.into(), point.usable()?.into()]);
        Expected::new(&["_time", "_value"], newest.and_then(row))
    }

    fn latest(&self) -> Expected {
        let own = self.world.readings.keys().filter(|key| key.station == ONE);
        let row = |key: &Key| {
            let point = self.world.newest(key, self.chosen, 7)?;
            Some(vec![
                self.world.name(&key.parameter).into(),
                key.sensor.as_str().into(),
                point.value.into(),
                Cell::from(
                    self.world.units.get(&key.parameter).filter(|unit| !unit.is_empty()).cloned(),
                ),
                point.flag.into(),
                point.completeness.into(),
                point.at.into(),
            ])
        };
        let columns = ["parameter", "sensor", "value", "unit", "flag", "covered", "at"];
        Expected::new(&columns, own.filter_map(row))
    }

    fn rain(&self) -> Expected {
        let row = |(key, _): (&Key, &Vec<Point>)| {
            let day = self.world.newest(key, self.chosen, 7)?;
            let hour = self.world.beside(key, "rain_1h", day.at, self.chosen);
            Some(vec![
                self.world.name(&key.station).into(),
                hour.and_then(|point| point.value).into(),
                day.usable()?.into(),
                day.completeness.into(),
                day.flag.into(),
                day.at.into(),
            ])
        };
        let columns = ["station", "hour", "day", "covered", "flag", "at"];
        Expected::new(&columns, self.world.all("rain_24h").filter_map(row)).top("day", 15)
    }

    fn wind(&self) -> Expected {
        let row = |(key, _): (&Key, &Vec<Point>)| {
            let gust = self.world.newest(key, self.chosen, 7)?;
            let force = self.world.beside(key, "wind_force", gust.at, self.chosen);
            Some(vec![
                self.world.name(&key.station).into(),
                force.and_then(|point| point.value).into(),
                gust.usable()?.into(),
                gust.flag.into(),
                gust.at.into(),
            ])
        };
        let columns = ["station", "force", "gust", "flag", "at"];
        Expected::new(&columns, self.world.all("gust_force").filter_map(row)).top("gust", 15)
    }

    fn sums(&self, prefix: &str, day: Option<&str>) -> Expected {
        let parameters: Vec<String> =
            [1, 3, 6, 12, 24, 72].map(|hours| format!("{prefix}_{hours}h")).to_vec();
        let all = parameters.iter().map(String::as_str).chain(day);
        let row = |(key, _): (&Key, &Vec<Point>)| {
            if day.is_some() && !self.chosen.takes(&key.station) {
                return None;
            }
            let anchor = self.world.newest(key, self.chosen, 7)?;
            let value = |parameter: &str| {
                let beside = self.world.beside(key, parameter, anchor.at, self.chosen);
                Cell::from(beside.and_then(|point| point.value))
            };
            let mut row = vec![self.world.name(&key.station).into(), anchor.at.into()];
            row.extend([anchor.completeness.into(), anchor.flag.into()]);
            row.extend(all.clone().map(value));
            Some(row)
        };
        let mut columns =
            vec!["station", "at", "covered", "flag", "h1", "h3", "h6", "h12", "h24", "h72"];
        columns.extend(day.map(|_| "day"));
        Expected::new(&columns, self.world.all(&parameters[4]).filter_map(row)).falling("h24")
    }

    fn rain_days(&self) -> Expected {
        let own = self.world.all("rain_day").filter(|(key, _)| self.chosen.takes(&key.station));
        let rows = own.flat_map(|(key, points)| {
            let at_seven = |point: &&Point| {
                (point.at + 7 * crate::expect::HOUR) % DAY == 19 * crate::expect::HOUR
            };
            let seen = points.iter().filter(|point| self.chosen.just_before(10, point.at));
            seen.filter(at_seven).filter_map(|point| {
                let (name, value) = (self.world.name(&key.station), point.value?);
                Some(vec![
                    name.into(),
                    point.at.into(),
                    value.into(),
                    point.completeness.into(),
                    point.flag.into(),
                ])
            })
        });
        Expected::new(&["station", "at", "value", "covered", "flag"], rows).falling("at")
    }

    /// Sums of calendar days with the share of ten minutes that were measured.
    fn wettest(&self) -> Expected {
        let own = self.world.all("rain").filter(|(key, _)| self.chosen.takes(&key.station));
        let rows = own.flat_map(|(key, points)| {
            let days = coarse(points, DAY, true).into_iter();
            let days = days.filter(|(at, day)| day.count > 0 && self.chosen.just_before(400, *at));
            days.map(|(at, day)| {
                let name = self.world.name(&key.station);
                vec![name.into(), at.into(), day.sum.into(), share(self.world, key, &day).into()]
            })
        });
        Expected::new(&["station", "at", "value", "covered"], rows).top("value", 50)
    }

    fn coverage(&self) -> Expected {
        let mut all: BTreeMap<(String, i64), f64> = BTreeMap::new();
        for parameter in ["water_level", "rain"] {
            for (key, points) in self.world.all(parameter) {
                if !self.chosen.takes(&key.station) {
                    continue;
                }
                for (at, day) in coarse(points, DAY, parameter == "rain") {
                    if self.chosen.holds(at) {
                        let covered = share(self.world, key, &day);
                        let worst = all.entry((self.world.name(&key.station), at)).or_insert(100.0);
                        *worst = worst.min(covered);
                    }
                }
            }
        }
        let row = |((name, at), covered): ((String, i64), f64)| {
            vec![name.into(), at.into(), covered.into()]
        };
        Expected::new(&["station", "_time", "_value"], all.into_iter().map(row))
    }
}

/// Whole percent of the readings of a day that should have come.
fn share(world: &World, key: &Key, day: &Coarse) -> f64 {
    let each = world.intervals[&key.station];
    ((day.count as i64 * each * 100 / DAY) as f64).min(100.0)
}

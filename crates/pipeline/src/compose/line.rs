//! One piece of evidence as one line.

use domain::{Evidence, Parameter, QcFlag, StationId, sensor, stage, text};
use warning::{Ground, Watch};

use super::Words;
use super::say::Tongue;
use pack::StageLevel;

/// Below this a level is steady, cm/h.
const STEADY: f64 = 1.0;
/// Two stages closer than this are printed as equal, m.
const EQUAL: f64 = 0.005;

impl Words<'_> {
    /// Where and how much, for the headline.
    pub(super) fn leading(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let place = self.place(&evidence.station);
        let name = evidence.parameter.as_str();
        if matches!(name, "intake" | "history") {
            return self.fill(tongue, &format!("leading.{name}"), &[]);
        }
        if matches!(name, "clock_ahead" | "clock_behind") {
            return self.fill(tongue, "leading.clock", &[]);
        }
        let Some(parameter) = self.pack.parameters.get(&evidence.parameter) else { return place };
        let values = [
            ("station", place.clone()),
            ("value", tongue.number(evidence.value, parameter.decimals)),
            ("window", window(tongue, parameter)),
        ];
        if matches!(name, "wind_force" | "gust_force") {
            return self.fill(tongue, "leading.wind", &values);
        }
        if is_rain(name) {
            return self.fill(tongue, "leading.rain", &values);
        }
        let value = tongue.number(evidence.value, parameter.decimals);
        let unit = parameter.unit.symbol();
        let unit = if unit == "1" { String::new() } else { format!(" {unit}") };
        format!("{place} {value}{unit}")
    }

    /// What a combined rule found: its name and where.
    pub(super) fn combined(&self, tongue: Tongue, ground: &Ground) -> Option<String> {
        let rule = self.pack.rule(&ground.rule)?;
        let Watch::Combined { .. } = rule.watch else { return None };
        let name = match tongue {
            Tongue::Vietnamese => rule.name_vi.clone(),
            Tongue::English => rule.name_en.clone(),
        };
        let values = [("basin", self.place(&ground.target)), ("name", name)];
        Some(self.fill(tongue, "line.combined", &values))
    }

    /// The line of a piece of evidence.
    pub(super) fn line(&self, tongue: Tongue, evidence: &Evidence) -> String {
        match evidence.parameter.as_str() {
            "water_level" => self.stage(tongue, evidence),
            "water_level_rise" => self.plain(tongue, evidence, "line.rise"),
            "wind_force" => self.wind(tongue, evidence, "wind.mean", "wind_speed"),
            "gust_force" => self.wind(tongue, evidence, "wind.gust", "wind_gust"),
            name @ ("silent" | "clock_wrong" | "battery_low" | "sends_nonsense"
            | "maintenance_over") => self.plain(tongue, evidence, &format!("line.{name}")),
            name if name == "sensor_silent" || name.starts_with("implausible") => {
                self.sensor(tongue, evidence, &format!("line.{name}"))
            }
            "blind" => self.blind(tongue, evidence),
            name @ ("intake" | "history" | "link") => {
                self.plain(tongue, evidence, &format!("line.{name}"))
            }
            name @ ("clock_ahead" | "clock_behind") => {
                self.plain(tongue, evidence, &format!("line.{name}"))
            }
            name if is_rain(name) => self.rain(tongue, evidence),
            _ => self.plain(tongue, evidence, "line.other"),
        }
    }

    fn stage(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let station = self.pack.stations.get(&evidence.station);
        let river = station.and_then(|station| station.river.as_ref());
        let river = river.and_then(|id| self.pack.rivers.iter().find(|river| river.id == *id));
        let values = [
            ("station", self.place(&evidence.station)),
            ("river", river.map_or(String::new(), |river| river.name.clone())),
            ("value", tongue.number(evidence.value, 2)),
            ("clock", self.clock(evidence)),
            ("compare", self.compare(tongue, evidence)),
            ("trend", self.trend(tongue, evidence)),
        ];
        let stage = self.fill(tongue, "line.stage", &values);
        let record = self.record(tongue, evidence);
        if record.is_empty() { stage } else { format!("{stage}. {record}") }
    }

    /// "Cách lũ lịch sử 2013 0,78 m.": from the last alarm level up, how far the highest flood on record is.
    fn record(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let levels = self.levels(evidence);
        let high =
            |level: &&&StageLevel| level.level == stage::HIGHEST && evidence.value >= level.value;
        let above = |level: &&&StageLevel| {
            level.level > stage::HIGHEST && level.value - evidence.value >= EQUAL
        };
        let Some(record) = levels.iter().find(above) else { return String::new() };
        if !levels.iter().any(|level| high(&level)) {
            return String::new();
        }
        let difference = tongue.number(record.value - evidence.value, 2);
        let values = [("name", record.name.clone()), ("diff", difference)];
        self.fill(tongue, "phrase.record", &values)
    }

    /// "trên BĐ3 0,21 m": against the nearest alarm level, as bulletins print it; against the highest flood on record
    /// only when it is exceeded.
    fn compare(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let levels = self.levels(evidence);
        let value = evidence.value;
        let exceeded =
            |level: &&&StageLevel| level.level > stage::HIGHEST && value > level.value - EQUAL;
        let near = || stage::nearest(value, &levels, |level| (level.level, level.value));
        let Some(level) = levels.iter().rfind(exceeded).or_else(near) else {
            return String::new();
        };
        let difference = evidence.value - level.value;
        let key = match difference {
            d if d.abs() < EQUAL => "compare.equal",
            d if d > 0.0 => "compare.above",
            _ => "compare.below",
        };
        let values = [("name", level.name.clone()), ("diff", tongue.number(difference.abs(), 2))];
        self.fill(tongue, key, &values)
    }

    fn trend(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let Some(rate) = self.rate(evidence) else {
            return self.fill(tongue, "trend.unknown", &[]);
        };
        let key = match rate {
            rate if rate >= STEADY => "trend.rising",
            rate if rate <= -STEADY => "trend.falling",
            _ => "trend.steady",
        };
        self.fill(tongue, key, &[("rate", tongue.number(rate.abs(), 0))])
    }

    /// Rate of rise now, cm/h: of the sensor that is spoken of, else of the one that is shown. A sensor that is not
    /// heard any more rises and falls for nobody.
    fn rate(&self, evidence: &Evidence) -> Option<f64> {
        let about = &self.pack.about;
        let silent_after = self.pack.stations.get(&evidence.station)?.silent_after;
        let series = &self.stations.get(&evidence.station)?.series;
        let stages = || series.iter().filter(|one| one.parameter.as_str() == "water_level");
        let newest: Vec<_> = stages()
            .filter_map(|one| {
                let point = one.recent.last()?;
                let (observed_at, flag) = (point.at, point.flag);
                Some(sensor::Newest { sensor: &one.sensor, observed_at, flag })
            })
            .collect();
        let own = newest.iter().find(|one| *one.sensor == evidence.sensor);
        let shown = own.map(|one| one.sensor).or_else(|| sensor::shown(&newest, silent_after))?;
        let stage = stages().find(|one| one.sensor == *shown)?;
        let usable = |flag| !matches!(flag, QcFlag::Bad | QcFlag::Missing);
        let last = stage.recent.iter().rfind(|point| usable(point.flag))?;
        if self.now - last.at > silent_after {
            return None;
        }
        let (min, window, max) = (about.rise_min, about.rise_window, about.rise_max);
        derive::rise(&stage.recent, min, window, max).map(|(rate, _)| rate)
    }

    fn levels(&self, evidence: &Evidence) -> Vec<&StageLevel> {
        self.pack.levels_at(evidence.station.as_str(), "water_level", evidence.observed_at)
    }

    fn rain(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let partial = evidence.completeness < 100;
        let at_least =
            if partial { self.fill(tongue, "phrase.at_least", &[]) } else { String::new() };
        let parameter = self.pack.parameters.get(&evidence.parameter);
        let values = [
            ("station", self.place(&evidence.station)),
            ("window", parameter.map_or(String::new(), |parameter| window(tongue, parameter))),
            ("at_least", at_least),
            ("value", tongue.number(evidence.value, 1)),
            ("clock", self.clock(evidence)),
            ("completeness", evidence.completeness.to_string()),
        ];
        self.fill(tongue, "line.rain", &values)
    }

    fn wind(&self, tongue: Tongue, evidence: &Evidence, kind: &str, speed: &str) -> String {
        let newest = self.stations.get(&evidence.station).and_then(|s| s.newest(speed));
        let values = [
            ("station", self.place(&evidence.station)),
            ("kind", self.fill(tongue, kind, &[])),
            ("value", newest.map_or("–".to_owned(), |point| tongue.number(point.value, 1))),
            ("force", tongue.number(evidence.value, 0)),
            ("clock", self.clock(evidence)),
        ];
        self.fill(tongue, "line.wind", &values)
    }

    fn blind(&self, tongue: Tongue, evidence: &Evidence) -> String {
        let values = [
            ("basin", self.place(&evidence.station)),
            ("silent", tongue.number(evidence.value, 0)),
            ("total", tongue.number(evidence.threshold.unwrap_or(0.0), 0)),
        ];
        self.fill(tongue, "line.blind", &values)
    }

    /// What is wrong with a sensor; its parameter is named where a threshold's name would be.
    fn sensor(&self, tongue: Tongue, evidence: &Evidence, key: &str) -> String {
        let name = evidence.threshold_name.as_deref().unwrap_or_default();
        let parameter = name.parse().unwrap_or_else(|_| evidence.parameter.clone());
        self.plain(tongue, &Evidence { parameter, ..evidence.clone() }, key)
    }

    /// How many more there are than were named.
    pub(super) fn more(&self, tongue: Tongue, count: usize) -> Option<String> {
        let line = self.fill(tongue, "line.more", &[("count", count.to_string())]);
        (count > 0).then(|| if line.is_empty() { format!("+{count}") } else { line })
    }

    /// The first of several, and how many others there are.
    pub(super) fn and_others(&self, tongue: Tongue, first: String, count: usize) -> String {
        let values = [("first", first.clone()), ("count", count.to_string())];
        let line = self.fill(tongue, "leading.more", &values);
        if line.is_empty() { first } else { line }
    }

    fn plain(&self, tongue: Tongue, evidence: &Evidence, key: &str) -> String {
        let parameter = self.pack.parameters.get(&evidence.parameter);
        let name = parameter.map(|parameter| match tongue {
            Tongue::Vietnamese => parameter.name_vi.clone(),
            Tongue::English => parameter.name_en.clone(),
        });
        let decimals = parameter.map_or(1, |parameter| parameter.decimals);
        let values = [
            ("station", self.place(&evidence.station)),
            ("parameter", name.unwrap_or_else(|| evidence.parameter.to_string())),
            ("value", tongue.number(evidence.value, decimals)),
            ("unit", parameter.map_or("", |parameter| parameter.unit.symbol()).to_owned()),
            ("clock", self.clock(evidence)),
            ("since", text::moment(evidence.observed_at)),
            ("threshold", evidence.threshold_name.clone().unwrap_or_default()),
            ("against", evidence.threshold.map_or("–".to_owned(), |v| tongue.number(v, decimals))),
            ("sensor", evidence.sensor.to_string()),
        ];
        self.fill(tongue, key, &values)
    }

    fn place(&self, id: &StationId) -> String {
        let station = self.pack.stations.get(id).map(|station| station.name.clone());
        // A basin begins its sentence: "lưu vực …" is written "Lưu vực …".
        let basin = || self.pack.basins.get(id).map(|basin| capital(&basin.name));
        station.or_else(basin).unwrap_or_else(|| id.to_string())
    }

    /// The time of day, with the date when it is not today.
    fn clock(&self, evidence: &Evidence) -> String {
        let at = evidence.observed_at;
        if at.in_vietnam().date() == self.now.in_vietnam().date() {
            text::clock(at)
        } else {
            text::moment(at)
        }
    }

    fn fill(&self, tongue: Tongue, key: &str, values: &[(&str, String)]) -> String {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.texts(tongue).fill(key, &values)
    }
}

fn is_rain(parameter: &str) -> bool {
    parameter == "rain" || parameter.contains("rain_")
}

/// The window of a sum: `24 h`, or `10 phút` when it is shorter than an hour; the rain day without one.
fn window(tongue: Tongue, parameter: &Parameter) -> String {
    let Some(window) = parameter.window else { return "19–19 h".to_owned() };
    let minute = match tongue {
        Tongue::Vietnamese => "phút",
        Tongue::English => "min",
    };
    match window.millis() % 3_600_000 {
        0 => format!("{} h", window.millis() / 3_600_000),
        _ => format!("{} {minute}", window.millis() / 60_000),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_said_in_the_words_of_its_language() {
        let of = |window| {
            let text = format!(
                "id = \"rain_x\"\nname_vi = \"mưa\"\nname_en = \"rain\"\nunit = \"mm\"\n\
                 decimals = 1\nkind = \"amount\"\n{window}"
            );
            let parameter: Parameter = toml::from_str(&text).expect("a parameter");
            [Tongue::Vietnamese, Tongue::English].map(|tongue| super::window(tongue, &parameter))
        };
        assert_eq!(of("window = \"10min\""), ["10 phút", "10 min"]);
        assert_eq!(of("window = \"24h\""), ["24 h", "24 h"]);
        assert_eq!(of(""), ["19–19 h", "19–19 h"]);
    }
}

//! What somebody says will be: forecasts as issued, and what follows from one.
//!
//! A forecast is not a series of readings: its times lie ahead, so it would look like the newest value, keep a
//! silent station fresh and go out in exports. It lives beside the readings, each issue kept as it was given.

use serde::{Deserialize, Serialize};

use crate::{Level, ParameterId, Span, StationId, Time, stage, text};

/// Most points of one forecast: ten days of every hour, and some more.
pub const MOST_POINTS: usize = 400;
/// Longest name of who made it, characters.
pub const LONGEST_SOURCE: usize = 120;
/// Longest remark or reason, characters.
pub const LONGEST_REMARK: usize = 2_000;

/// Bulletins print 01, 07, 13 and 19 o'clock.
const STEP: Span = Span::hours(6);
const FIRST_STEP: Span = Span::hours(1);

/// One issue of a forecast: what one source says of one thing at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Where.
    pub station: StationId,
    /// Of what, in its canonical unit.
    pub parameter: ParameterId,
    /// Who made it, such as `Đài KTTV`.
    pub source: String,
    /// When it was issued.
    pub issued_at: Time,
    /// What will be, ascending.
    pub points: Vec<ForecastPoint>,
    /// Remark of who made it.
    #[serde(default)]
    pub remark: String,
    /// A forecaster stands behind it; otherwise it came out of a model as it is.
    #[serde(default)]
    pub refined: bool,
}

/// A forecast value, with the band in which it will be in eight of ten cases (10–90 %).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastPoint {
    /// When.
    pub at: Time,
    /// The expected value.
    pub value: f64,
    /// Lower in one of ten cases.
    #[serde(default)]
    pub low: Option<f64>,
    /// Higher in one of ten cases.
    #[serde(default)]
    pub high: Option<f64>,
}

/// What is done to forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastAct {
    /// A forecast is issued.
    Issue(Forecast),
    /// One that was issued must not be used any more.
    Withdraw {
        /// Which: its place in the journal.
        forecast: u64,
        /// Why.
        reason: String,
    },
}

/// An alarm level that a forecast is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its number.
    pub level: Level,
    /// Name as printed.
    pub name: String,
    /// In the parameter's canonical unit.
    pub value: f64,
}

/// What a forecast amounts to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Facts {
    /// How it goes on from what was measured last.
    pub shape: Option<Shape>,
    /// The highest point that is still ahead, the first when there are several.
    pub peak: Option<ForecastPoint>,
    /// Levels that will be reached from below, ascending.
    pub crossings: Vec<Crossing>,
    /// Why it should not be relied on; null = it may be.
    pub stale: Option<Stale>,
    /// At 01, 07, 13 and 19 o'clock in Viet Nam, as bulletins print it.
    pub steps: Vec<Step>,
}

/// How a forecast goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// To a highest point and down again.
    Crest,
    /// Up to its last point: the peak lies behind it.
    Rising,
    /// Down from the beginning.
    Falling,
    /// Neither up nor down.
    Steady,
}

/// Why a forecast should not be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// Its last point is past.
    Past,
    /// It was issued too long ago.
    Old,
}

/// A level that will be reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossing {
    /// Number of the level.
    pub level: Level,
    /// Name as printed.
    pub name: String,
    /// The level, in the parameter's canonical unit.
    pub value: f64,
    /// When, on the straight line between two points.
    pub at: Time,
}

/// A forecast at an hour that bulletins print.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The hour.
    pub at: Time,
    /// The value, on the straight line between two points.
    pub value: f64,
    /// Lower in one of ten cases.
    pub low: Option<f64>,
    /// Higher in one of ten cases.
    pub high: Option<f64>,
    /// Against the alarm level nearest to it.
    pub against: Option<Against>,
}

/// A value beside an alarm level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// Number of the level.
    pub level: Level,
    /// Name as printed.
    pub name: String,
    /// Value less level, in the parameter's canonical unit.
    pub difference: f64,
    /// As bulletins print it: `>BĐ3: 0,20`, `<BĐ1: 0,35`, `=BĐ2`.
    pub text: String,
}

impl Forecast {
    /// What is wrong with it in itself, whatever the place; `None` = nothing.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let words =
            [("source", &self.source, LONGEST_SOURCE), ("remark", &self.remark, LONGEST_REMARK)];
        if let Some(fault) =
            words.into_iter().find_map(|(what, text, most)| prose_fault(what, text, most))
        {
            return Some(fault);
        }
        if self.source.trim().is_empty() {
            return Some("source: say who made the forecast".to_owned());
        }
        if self.points.is_empty() || self.points.len() > MOST_POINTS {
            return Some(format!("points: {}, needs 1 to {MOST_POINTS}", self.points.len()));
        }
        let first = self.points[0].at;
        if first <= self.issued_at {
            let issued = self.issued_at;
            return Some(format!("points[0].at: {first} is not after its issue at {issued}"));
        }
        let disorder = self.points.windows(2).position(|pair| pair[1].at <= pair[0].at);
        if let Some(index) = disorder {
            let at = self.points[index + 1].at;
            return Some(format!(
                "points[{}].at: {at} is not after the point before it",
                index + 1
            ));
        }
        self.points.iter().enumerate().find_map(|(index, point)| point.fault(index))
    }

    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Time {
        self.points.last().map_or(self.issued_at, |point| point.at)
    }

    /// What it amounts to at `now`. `seen` is what was measured last; what was forecast for before it is past.
    /// `decimals` are those of the printed differences.
    #[must_use]
    pub fn facts(
        &self,
        marks: &[Mark],
        seen: Option<(Time, f64)>,
        now: Time,
        stale_after: Span,
        decimals: u8,
    ) -> Facts {
        let seen = seen.filter(|(at, _)| *at <= now && now - *at <= stale_after);
        let from = seen.map_or(self.issued_at, |(at, _)| at);
        let ahead: Vec<_> = self.points.iter().filter(|point| point.at > from).copied().collect();
        let mut path: Vec<(Time, f64)> = seen.into_iter().collect();
        path.extend(ahead.iter().map(|point| (point.at, point.value)));
        Facts {
            shape: shape(&path),
            peak: highest(&ahead).filter(|point| point.at > now),
            crossings: marks
                .iter()
                .filter_map(|mark| crossing(&path, mark, seen.is_some()))
                // What was to come before now has come or has not: nobody is told a time that is over.
                .filter(|crossing| crossing.at >= now)
                .collect(),
            stale: self.stale(now, stale_after),
            steps: self.steps(marks, decimals),
        }
    }

    fn stale(&self, now: Time, after: Span) -> Option<Stale> {
        match (self.until() < now, now - self.issued_at > after) {
            (true, _) => Some(Stale::Past),
            (false, true) => Some(Stale::Old),
            (false, false) => None,
        }
    }

    fn steps(&self, marks: &[Mark], decimals: u8) -> Vec<Step> {
        let Some(first) = self.points.first() else { return Vec::new() };
        let last = self.until();
        let mut at = first.at.floor(STEP, FIRST_STEP);
        let mut steps = Vec::new();
        while at <= last {
            if let Some(ForecastPoint { value, low, high, .. }) = self.at(at) {
                steps.push(Step { at, value, low, high, against: against(value, marks, decimals) });
            }
            at = at + STEP;
        }
        steps
    }

    /// The forecast at an instant, on the straight line between two points no further apart than a step.
    fn at(&self, at: Time) -> Option<ForecastPoint> {
        let next = self.points.iter().position(|point| point.at >= at)?;
        let right = self.points[next];
        if right.at == at {
            return Some(right);
        }
        let left = self.points[next.checked_sub(1)?];
        let share = (at - left.at).millis() as f64 / (right.at - left.at).millis() as f64;
        let between = |a: f64, b: f64| a + (b - a) * share;
        (right.at - left.at <= STEP).then(|| ForecastPoint {
            at,
            value: between(left.value, right.value),
            low: left.low.zip(right.low).map(|(a, b)| between(a, b)),
            high: left.high.zip(right.high).map(|(a, b)| between(a, b)),
        })
    }
}

impl ForecastPoint {
    fn fault(&self, index: usize) -> Option<String> {
        let Self { value, low, high, .. } = *self;
        let numbers = [Some(value), low, high];
        if numbers.into_iter().flatten().any(|number| !number.is_finite()) {
            return Some(format!("points[{index}]: not a number"));
        }
        match (low, high) {
            (None, None) => None,
            (Some(low), Some(high)) if low <= value && value <= high => None,
            (Some(_), Some(_)) => {
                Some(format!("points[{index}]: {value} is not between its low and high"))
            }
            _ => Some(format!("points[{index}]: low and high come together, or not at all")),
        }
    }
}

/// What is wrong with a text that people wrote; `None` = nothing.
#[must_use]
pub fn prose_fault(what: &str, text: &str, most: usize) -> Option<String> {
    let length = text.chars().count();
    if length > most {
        return Some(format!("{what}: {length} characters, at most {most}"));
    }
    let strange = text.chars().any(|c| c.is_control() && c != '\n');
    strange.then(|| format!("{what}: it has control characters"))
}

fn highest(points: &[ForecastPoint]) -> Option<ForecastPoint> {
    points.iter().copied().reduce(|best, point| if point.value > best.value { point } else { best })
}

fn shape(path: &[(Time, f64)]) -> Option<Shape> {
    let (first, last) = (path.first()?.1, path.last()?.1);
    let top = path.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let bottom = path.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    Some(match (top > first, top > last) {
        _ if path.len() < 2 || top <= bottom => Shape::Steady,
        (true, true) => Shape::Crest,
        (true, false) => Shape::Rising,
        (false, _) => Shape::Falling,
    })
}

/// When the path first comes up to the level. A forecast that begins above it says so at its first point, unless
/// it was measured above already.
fn crossing(path: &[(Time, f64)], mark: &Mark, measured: bool) -> Option<Crossing> {
    let over = |at: &Time| Crossing {
        level: mark.level,
        name: mark.name.clone(),
        value: mark.value,
        at: *at,
    };
    let (start, value) = path.first()?;
    if *value >= mark.value {
        return (!measured).then(|| over(start));
    }
    let reached = path.windows(2).find(|pair| pair[1].1 >= mark.value)?;
    let ((from, low), (to, high)) = (reached[0], reached[1]);
    let share = (mark.value - low) / (high - low);
    let way = ((to - from).millis() as f64 * share).round();
    Some(over(&(from + Span::from_millis(way as i64))))
}

fn against(value: f64, marks: &[Mark], decimals: u8) -> Option<Against> {
    let mark = stage::nearest(value, marks, |mark| (mark.level, mark.value))?;
    let difference = value - mark.value;
    let printed = text::number(difference.abs(), decimals);
    let name = &mark.name;
    let text = match printed.chars().any(|c| ('1'..='9').contains(&c)) {
        false => format!("={name}"),
        true if difference > 0.0 => format!(">{name}: {printed}"),
        true => format!("<{name}: {printed}"),
    };
    Some(Against { level: mark.level, name: mark.name.clone(), difference, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(clock: &str) -> Time {
        format!("2025-11-{clock}:00+07:00").parse().expect("a time")
    }

    fn forecast(points: &[(&str, f64)]) -> Forecast {
        let point = |(at, value): &(&str, f64)| ForecastPoint {
            at: time(at),
            value: *value,
            low: Some(value - 0.2),
            high: Some(value + 0.2),
        };
        Forecast {
            station: "thanh-hoa".parse().expect("a name"),
            parameter: "water_level".parse().expect("a name"),
            source: "Đài KTTV".to_owned(),
            issued_at: time("19T03:00"),
            points: points.iter().map(point).collect(),
            remark: String::new(),
            refined: true,
        }
    }

    fn marks() -> Vec<Mark> {
        let names = [(1, "BĐ1", 6.0), (2, "BĐ2", 7.0), (3, "BĐ3", 8.0), (4, "lũ lịch sử", 9.7)];
        let mark = |(level, name, value): (u8, &str, f64)| Mark {
            level: Level(level),
            name: name.to_owned(),
            value,
        };
        names.into_iter().map(mark).collect()
    }

    fn facts(points: &[(&str, f64)], seen: Option<(&str, f64)>, now: &str) -> Facts {
        let seen = seen.map(|(at, value)| (time(at), value));
        forecast(points).facts(&marks(), seen, time(now), Span::hours(24), 2)
    }

    const FLOOD: [(&str, f64); 4] =
        [("19T07:00", 7.6), ("19T13:00", 8.55), ("19T19:00", 8.0), ("20T01:00", 7.4)];

    #[test]
    fn a_crest_and_the_time_to_each_level_follow_from_the_last_reading() {
        let facts = facts(&FLOOD, Some(("19T03:00", 6.8)), "19T03:10");
        assert_eq!(facts.shape, Some(Shape::Crest));
        assert_eq!(facts.peak.map(|peak| (peak.at, peak.value)), Some((time("19T13:00"), 8.55)));
        let crossings: Vec<_> =
            facts.crossings.iter().map(|c| (c.name.as_str(), c.at.to_string())).collect();
        // BĐ2: 0.2 of 0.8 m in four hours; BĐ3: 0.4 of 0.95 m in six.
        assert_eq!(crossings[0], ("BĐ2", "2025-11-19T04:00:00+07:00".to_owned()));
        assert_eq!(crossings[1].0, "BĐ3");
        assert!(crossings[1].1.starts_with("2025-11-19T09:31"), "{crossings:?}");
        assert_eq!(crossings.len(), 2, "BĐ1 is exceeded already, the record is not reached");
    }

    #[test]
    fn shapes_have_names() {
        let check = |points: &[(&str, f64)], seen, expected| {
            assert_eq!(facts(points, seen, "19T04:00").shape, Some(expected), "{points:?}");
        };
        let up = [("19T07:00", 7.6), ("19T13:00", 8.0)];
        let down = [("19T07:00", 7.6), ("19T13:00", 7.0)];
        check(&up, None, Shape::Rising);
        check(&down, None, Shape::Falling);
        check(&down, Some(("19T03:30", 7.0)), Shape::Crest);
        check(&down, Some(("19T03:30", 8.0)), Shape::Falling);
        check(&[("19T07:00", 7.6)], None, Shape::Steady);
    }

    #[test]
    fn without_a_reading_a_forecast_above_a_level_says_so_at_its_first_point() {
        let crossings = facts(&FLOOD, None, "19T04:00").crossings;
        let first: Vec<_> = crossings.iter().map(|c| (c.level.0, c.at)).collect();
        assert_eq!(first[..2], [(1, time("19T07:00")), (2, time("19T07:00"))]);
        let old = facts(&FLOOD, Some(("17T01:00", 9.0)), "19T04:00").crossings;
        assert_eq!(old.len(), 3, "a reading of two days ago is none");
    }

    #[test]
    fn it_grows_stale_with_age_and_with_its_last_point() {
        assert_eq!(facts(&FLOOD, None, "19T20:00").stale, None);
        assert_eq!(facts(&FLOOD, None, "20T01:01").stale, Some(Stale::Past));
        let long = [("19T07:00", 7.6), ("22T07:00", 8.0)];
        assert_eq!(facts(&long, None, "20T03:00").stale, None);
        assert_eq!(facts(&long, None, "20T03:01").stale, Some(Stale::Old));
        assert_eq!(facts(&FLOOD, None, "19T14:00").peak, None, "the peak is past");
    }

    #[test]
    fn bulletin_hours_are_read_between_points_and_beside_levels() {
        let points = [("19T06:00", 5.65), ("19T08:00", 5.75), ("19T13:00", 8.2), ("19T19:00", 7.0)];
        let steps = facts(&points, None, "19T04:00").steps;
        let texts: Vec<_> = steps
            .iter()
            .map(|s| (s.at, s.against.as_ref().expect("levels").text.as_str()))
            .collect();
        let expected = [
            (time("19T07:00"), "<BĐ1: 0,30"),
            (time("19T13:00"), ">BĐ3: 0,20"),
            (time("19T19:00"), "=BĐ2"),
        ];
        assert_eq!(texts, expected);
        assert!((steps[0].low.expect("a band") - 5.5).abs() < 1e-9);
        let far = facts(&[("19T06:00", 5.0), ("20T06:00", 6.0)], None, "19T04:00").steps;
        assert!(far.is_empty(), "nothing is said of the day between two far points");
    }

    #[test]
    fn it_is_held_against_the_nearest_level_as_the_warning_is() {
        let at = |value| facts(&[("19T07:00", value)], None, "19T04:00").steps[0].against.clone();
        let text = |value| at(value).expect("levels").text;
        assert_eq!(
            [7.62, 7.2, 5.0, 9.9].map(text),
            ["<BĐ3: 0,38", ">BĐ2: 0,20", "<BĐ1: 1,00", ">BĐ3: 1,90"]
        );
    }

    #[test]
    fn an_expected_time_does_not_lie_in_the_past() {
        let seen = Some(("19T03:00", 6.8));
        let names = |now| {
            let crossings = facts(&FLOOD, seen, now).crossings;
            crossings.into_iter().map(|crossing| crossing.name).collect::<Vec<_>>()
        };
        assert_eq!(names("19T03:10"), ["BĐ2", "BĐ3"]);
        assert_eq!(names("19T04:10"), ["BĐ3"], "nobody measured whether BĐ2 was reached at 04:00");
        assert!(names("19T10:00").is_empty());
    }

    #[test]
    fn faults_name_the_point() {
        let check = |change: &dyn Fn(&mut Forecast), expected: &str| {
            let mut changed = forecast(&FLOOD);
            change(&mut changed);
            let fault = changed.fault().unwrap_or_default();
            assert!(fault.contains(expected) && fault.is_empty() == expected.is_empty(), "{fault}");
        };
        check(&|_| {}, "");
        check(&|f| f.points.clear(), "points: 0, needs 1 to 400");
        check(&|f| f.points = vec![f.points[0]; 401], "points: 401");
        check(&|f| f.issued_at = time("19T07:00"), "points[0].at: 2025-11-19T07:00:00+07:00");
        check(&|f| f.points.swap(1, 2), "points[2].at");
        check(&|f| f.points[1].value = f64::NAN, "points[1]: not a number");
        check(&|f| f.points[1].low = None, "points[1]: low and high come together");
        check(&|f| f.points[3].high = Some(1.0), "points[3]: 7.4 is not between");
        check(&|f| f.source = "  ".to_owned(), "source: say who");
        check(&|f| f.source = "a\u{7}".to_owned(), "source: it has control characters");
        check(&|f| f.remark = "ệ".repeat(2_001), "remark: 2001 characters, at most 2000");
    }
}

//! Rows that a query must give, worked out from the ledger.
//!
//! Written beside the queries, not from them: what a title promises, in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use crate::boards::Chosen;
use crate::world::{Key, Point, World};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Cell {
    Nothing,
    /// Numbers, and times as ms.
    Number(f64),
    Text(String),
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}
impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Number(value as f64)
    }
}
impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}
impl From<u8> for Cell {
    fn from(value: u8) -> Self {
        Self::Number(value.into())
    }
}
impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

/// Rows in no order, unless it is said by which column they fall.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// The column by which rows fall, and how many of them are shown.
    pub(crate) falling: Option<(&'static str, usize)>,
    /// Windows before the range on screen are nobody's business.
    pub(crate) from: Option<i64>,
}

impl Expected {
    pub(crate) fn new(columns: &[&'static str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: rows.into_iter().collect(),
            falling: None,
            from: None,
        }
    }

    pub(crate) fn value(value: impl Into<Cell>) -> Self {
        Self::new(&["_value"], [vec![value.into()]])
    }

    pub(crate) fn falling(self, column: &'static str) -> Self {
        self.top(column, usize::MAX)
    }

    pub(crate) fn top(mut self, column: &'static str, most: usize) -> Self {
        self.falling = Some((column, most));
        self
    }

    pub(crate) fn seen_from(mut self, at: i64) -> Self {
        self.from = Some(at);
        self
    }
}

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The beginning of the window around an instant: days begin at midnight in Viet Nam.
pub(crate) fn floor(at: i64, every: i64) -> i64 {
    (at + 7 * HOUR).div_euclid(every) * every - 7 * HOUR
}

/// Which values are read over this range, and the windows they are drawn in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Tier {
    Raw,
    /// Hourly or daily, ms.
    Coarse(i64),
}

pub(crate) fn tier(chosen: &Chosen) -> (Tier, i64) {
    let span = (chosen.to - chosen.from).millis();
    let step = if span > 400 * DAY { DAY } else { HOUR };
    match span > 14 * DAY {
        true => (Tier::Coarse(step), chosen.period().max(step)),
        false => (Tier::Raw, chosen.period()),
    }
}

/// Values of one line, drawn in windows: `fold` makes one of several, an empty window has none, or is left out.
pub(crate) fn windows(
    chosen: &Chosen,
    every: i64,
    empty: bool,
    values: &[(i64, f64)],
    fold: fn(f64, f64) -> f64,
) -> Vec<(i64, Option<f64>)> {
    let (from, to) = (chosen.from.millis(), chosen.to.millis());
    let mut made: BTreeMap<i64, Option<f64>> = BTreeMap::new();
    if empty {
        let mut start = floor(from, every);
        while start < to {
            made.insert(start, None);
            start += every;
        }
    }
    let mut values = values.to_vec();
    values.sort_by_key(|(at, _)| *at);
    for (at, value) in values {
        let window = made.entry(floor(at, every)).or_default();
        *window = Some(window.map_or(value, |old| fold(old, value)));
    }
    made.into_iter().map(|(start, value)| (start.max(from), value)).collect()
}

/// Lines by their label, as rows of label, time, value.
pub(crate) fn lines(
    label: &'static str,
    lines: BTreeMap<String, Vec<(i64, f64)>>,
    draw: impl Fn(&[(i64, f64)]) -> Vec<(i64, Option<f64>)>,
) -> Expected {
    let row = |name: &String, (at, value): (i64, Option<f64>)| {
        vec![name.as_str().into(), at.into(), value.into()]
    };
    let rows = lines.iter().flat_map(|(name, values)| {
        draw(values).into_iter().map(|window| row(name, window)).collect::<Vec<_>>()
    });
    Expected::new(&[label, "_time", "_value"], rows.collect::<Vec<_>>())
}

impl Point {
    pub(crate) fn usable(&self) -> Option<f64> {
        self.value.filter(|_| self.flag <= 3)
    }
}

impl World {
    /// Series of a parameter.
    pub(crate) fn all(&self, parameter: &str) -> impl Iterator<Item = (&Key, &Vec<Point>)> {
        self.readings.iter().filter(move |(key, _)| key.parameter == parameter)
    }

    /// The newest reading in so many days before the end.
    pub(crate) fn newest(&self, key: &Key, chosen: &Chosen, days: i64) -> Option<Point> {
        let points = self.readings.get(key)?;
        points
            .iter()
            .filter(|point| chosen.just_before(days, point.at))
            .max_by_key(|point| point.at)
            .copied()
    }

    /// What a series of the same sensor has at that instant, if it is its newest.
    pub(crate) fn beside(
        &self,
        key: &Key,
        parameter: &str,
        at: i64,
        chosen: &Chosen,
    ) -> Option<Point> {
        let key = Key { parameter: parameter.to_owned(), ..key.clone() };
        self.newest(&key, chosen, 7).filter(|point| point.at == at)
    }
}

/// Readings of a series put together by hours or days, the way a board needs them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Coarse {
    pub(crate) count: usize,
    pub(crate) suspect: usize,
    pub(crate) flag: u8,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) sum: f64,
}

/// `amounts`: their time is the end of their interval.
pub(crate) fn coarse(points: &[Point], every: i64, amounts: bool) -> BTreeMap<i64, Coarse> {
    let mut made: BTreeMap<i64, Vec<Point>> = BTreeMap::new();
    for point in points {
        made.entry(floor(point.at - i64::from(amounts), every)).or_default().push(*point);
    }
    let one = |points: &Vec<Point>| {
        let good: Vec<_> = points.iter().filter(|point| point.usable().is_some()).collect();
        let values = || good.iter().filter_map(|point| point.value);
        let shown = if good.is_empty() { points.iter().collect() } else { good.clone() };
        Coarse {
            count: good.len(),
            suspect: good.iter().filter(|point| point.flag == 3).count(),
            flag: shown.iter().map(|point| point.flag).max().unwrap(),
            min: values().fold(f64::INFINITY, f64::min),
            max: values().fold(f64::NEG_INFINITY, f64::max),
            sum: values().sum(),
        }
    };
    made.iter().map(|(start, points)| (*start, one(points))).collect()
}

/// Names of the stations that have such readings, with their ids, as a list to choose from.
pub(crate) fn choice(world: &World, chosen: &Chosen, has: impl Fn(&Key) -> bool) -> Expected {
    let heard = |(key, points): &(&Key, &Vec<Point>)| {
        has(key) && points.iter().any(|point| chosen.just_before(400, point.at))
    };
    let ids: BTreeSet<_> =
        world.readings.iter().filter(heard).map(|(key, _)| &key.station).collect();
    Expected::new(&["_value"], ids.iter().map(|id| vec![format!("{}|{id}", world.name(id)).into()]))
}

//! Readings as a table, grouped by polars into days, months and years of Viet Nam.

use domain::bucket::{Method, direction};
use domain::{CheckedReading, QcFlag, Span, Time};
use polars::prelude::*;

use super::{Readings, each};
use crate::about::Series;
use crate::{Error, usable};

/// Viet Nam's clocks are ahead of UTC by this.
const VIETNAM: Span = Span::hours(7);

/// What the values of one group come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Where it begins.
    pub(super) start: Time,
    pub(super) mean: Option<f64>,
    pub(super) min: Option<(f64, Time)>,
    pub(super) max: Option<(f64, Time)>,
    pub(super) sum: Option<f64>,
    /// Values that count, suspect ones too.
    pub(super) counted: u64,
    pub(super) suspect: u64,
    pub(super) bad: u64,
    pub(super) missing: u64,
    /// How many expected values are there, those of a derived series as far as their windows are covered.
    pub(super) covered: f64,
}

/// Lengths of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Every {
    Day,
    /// From 19 h to 19 h, as rain is told of.
    RainDay,
    Month,
    Year,
}

/// How a reading counts.
const COUNTED: i32 = 0;
const SUSPECT: i32 = 1;
const BAD: i32 = 2;
const MISSING: i32 = 3;

/// The table: `t` time on Viet Nam's clocks (of an amount the round time that it is some seconds off), `at` the instant,
/// `value` where it counts, `greatest` where it may be the greatest too: what was gathered over a gap may not.
pub(super) fn frame(series: &Series, readings: impl Readings) -> Result<DataFrame, Error> {
    let (mut at, mut value, mut how, mut slot, mut share) =
        (vec![], vec![], vec![], vec![], vec![]);
    let (mut local, mut greatest, mut before) = (vec![], vec![], None);
    let (mut north, mut east) = (vec![], vec![]);
    let amounts = series.method() == Some(Method::Sum);
    each(readings, |reading| {
        let counts = usable(reading);
        let then = reading.observed_at;
        let round = if amounts { series.nominal(then) } else { then };
        local.push((round + VIETNAM).millis());
        let gathered = amounts && series.is_gathered(series.since(before, then), then);
        greatest.push(counts.filter(|_| !gathered));
        before = counts.map(|_| then).or(before);
        let vector = counts.map(|degrees| degrees.to_radians().sin_cos());
        north.push(vector.map(|(_, north)| north));
        east.push(vector.map(|(east, _)| east));
        at.push(then.millis());
        value.push(counts);
        how.push(kind(reading, counts.is_some()));
        slot.push(counts.and_then(|_| series.slot(reading.observed_at)));
        share.push(counts.map(|_| f64::from(reading.completeness)));
    })?;
    let local = Int64Chunked::from_vec("t".into(), local);
    let height = at.len();
    let columns = vec![
        local.into_datetime(TimeUnit::Milliseconds, None).into_column(),
        Int64Chunked::from_vec("at".into(), at).into_column(),
        Float64Chunked::from_iter_options("value".into(), value.into_iter()).into_column(),
        Float64Chunked::from_iter_options("greatest".into(), greatest.into_iter()).into_column(),
        Float64Chunked::from_iter_options("north".into(), north.into_iter()).into_column(),
        Float64Chunked::from_iter_options("east".into(), east.into_iter()).into_column(),
        Int32Chunked::from_vec("how".into(), how).into_column(),
        Int64Chunked::from_iter_options("slot".into(), slot.into_iter()).into_column(),
        Float64Chunked::from_iter_options("share".into(), share.into_iter()).into_column(),
    ];
    Ok(DataFrame::new(height, columns)?)
}

fn kind(reading: &CheckedReading, counts: bool) -> i32 {
    match reading.verdict.flag {
        QcFlag::Suspect if counts => SUSPECT,
        _ if counts => COUNTED,
        QcFlag::Bad => BAD,
        _ => MISSING,
    }
}

/// The groups that have readings, in order.
pub(super) fn groups(
    frame: &DataFrame,
    every: Every,
    method: Option<Method>,
) -> Result<Vec<Group>, Error> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (length, offset) = match every {
        Every::Day => ("1d", "0d"),
        Every::RainDay => ("1d", "-5h"),
        Every::Month => ("1mo", "0d"),
        Every::Year => ("1y", "0d"),
    };
    let options = DynamicGroupOptions {
        every: Duration::parse(length),
        period: Duration::parse(length),
        offset: Duration::parse(offset),
        label: Label::Left,
        // An amount belongs to the day that ends with it.
        closed_window: match method {
            Some(Method::Sum) => ClosedWindow::Right,
            _ => ClosedWindow::Left,
        },
        start_by: StartBy::WindowBound,
        ..DynamicGroupOptions::default()
    };
    let counts = || col("value").is_not_null();
    let value = || col("value").filter(counts());
    let told = || col("greatest").is_not_null();
    let greatest = || col("greatest").filter(told());
    let at = |place: Expr| col("at").filter(counts()).get(place, true);
    let when = |place: Expr| col("at").filter(told()).get(place, true);
    let how = |kind: i32| col("how").eq(lit(kind)).sum().cast(DataType::Int64);
    let found = frame
        .clone()
        .lazy()
        .group_by_dynamic(col("t"), [], options)
        .agg([
            value().mean().alias("mean"),
            value().min().alias("min"),
            at(value().arg_min()).alias("min_at"),
            greatest().max().alias("max"),
            when(greatest().arg_max()).alias("max_at"),
            col("north").filter(counts()).sum(),
            col("east").filter(counts()).sum(),
            value().sum().alias("sum"),
            (how(COUNTED) + how(SUSPECT)).alias("counted"),
            how(SUSPECT).alias("suspect"),
            how(BAD).alias("bad"),
            how(MISSING).alias("missing"),
            col("slot").filter(counts()).n_unique().cast(DataType::Float64).alias("slots"),
            col("share").filter(counts()).mean().alias("share"),
        ])
        .collect()?;
    rows(&found, method)
}

fn rows(found: &DataFrame, method: Option<Method>) -> Result<Vec<Group>, Error> {
    let start = found.column("t")?.cast(&DataType::Int64)?;
    let start = start.i64()?;
    let real = |name: &str| found.column(name)?.f64();
    let whole = |name: &str| found.column(name)?.i64();
    let (mean, min, max, sum) = (real("mean")?, real("min")?, real("max")?, real("sum")?);
    let (slots, share) = (real("slots")?, real("share")?);
    let (north, east) = (real("north")?, real("east")?);
    let (min_at, max_at) = (whole("min_at")?, whole("max_at")?);
    let (counted, suspect) = (whole("counted")?, whole("suspect")?);
    let (bad, missing) = (whole("bad")?, whole("missing")?);
    let count = |column: &Int64Chunked, n| {
        column.get(n).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    };
    let place = |value: &Float64Chunked, at: &Int64Chunked, n| {
        Some((value.get(n)?, Time::from_millis(at.get(n)?)))
    };
    let group = |n| Group {
        start: Time::from_millis(start.get(n).unwrap_or(0)) - VIETNAM,
        mean: match method {
            Some(Method::Direction) => {
                north.get(n).zip(east.get(n)).and_then(|(n, e)| direction(n, e))
            }
            _ => mean.get(n),
        },
        min: place(min, min_at, n),
        max: place(max, max_at, n),
        // The sum of no values is none, not zero.
        sum: sum.get(n).filter(|_| count(counted, n) > 0),
        counted: count(counted, n),
        suspect: count(suspect, n),
        bad: count(bad, n),
        missing: count(missing, n),
        covered: slots.get(n).unwrap_or(0.0) * share.get(n).unwrap_or(0.0) / 100.0,
    };
    Ok((0..found.height()).map(group).collect())
}

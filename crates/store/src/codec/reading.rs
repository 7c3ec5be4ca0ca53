//! One reading: a control byte, then only what differs from the guess.
//!
//! Control byte: bits 0–2 flag, 3 series differs, 4 time differs, 5 decimal value, 6 raw value,
//! 7 more follows. `more`: bits 0–1 and 5 origin, 2 late, 3 completeness follows, 4 failed checks follow.

use domain::{CheckSet, CheckedReading, Origin, QcFlag, SeriesId, Time, Verdict};

use super::bytes::{Bytes, put, unzigzag, zigzag};
use super::value;
use crate::StoreError;

const FLAGS: [QcFlag; 5] =
    [QcFlag::Good, QcFlag::NotEvaluated, QcFlag::Suspect, QcFlag::Bad, QcFlag::Missing];
const ORIGINS: [Origin; 5] =
    [Origin::Station, Origin::ReceiveTime, Origin::Derived, Origin::Reviewed, Origin::Corrected];

const SERIES: u8 = 1 << 3;
const TIME: u8 = 1 << 4;
const DECIMAL: u8 = 1 << 5;
const RAW: u8 = 1 << 6;
const MORE: u8 = 1 << 7;

const LATE: u8 = 1 << 2;
const COMPLETENESS: u8 = 1 << 3;
const FAILED: u8 = 1 << 4;
/// The third bit of the origin stands apart from the others, which are older.
const ORIGIN_HIGH: u8 = 1 << 5;

/// What the next reading will probably be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guess {
    series: u32,
    time: i64,
    /// Where the guess of the time starts when it is wrong.
    base: i64,
    run: bool,
}

impl Guess {
    /// Within a message: the next series at the same time.
    pub(crate) const fn message(received_at: Time) -> Self {
        let time = received_at.millis();
        Self { series: 0, time, base: time, run: false }
    }

    /// Within a run of one series: the same step again.
    pub(crate) const fn run(series: SeriesId) -> Self {
        Self { series: series.0, time: 0, base: 0, run: true }
    }

    fn learn(&mut self, series: u32, time: i64) {
        if self.run {
            self.time = time.saturating_add(time.saturating_sub(self.base));
        } else {
            self.series = series.wrapping_add(1);
            self.time = time;
        }
        self.base = time;
    }
}

/// Appends a reading.
pub(crate) fn put_reading(out: &mut Vec<u8>, reading: &CheckedReading, guess: &mut Guess) {
    let (series, time) = (reading.series.0, reading.observed_at.millis());
    let more = more(reading);
    let packed = reading.value.map(|value| value::pack(value).ok_or(value));
    let mut control = reading.verdict.flag as u8;
    control |= if series == guess.series { 0 } else { SERIES };
    control |= if time == guess.time { 0 } else { TIME };
    control |= match packed {
        Some(Ok(_)) => DECIMAL,
        Some(Err(_)) => RAW,
        None => 0,
    };
    control |= if more == 0 { 0 } else { MORE };
    out.push(control);
    if series != guess.series {
        put(out, zigzag(i64::from(series) - i64::from(guess.series)));
    }
    if time != guess.time {
        put_step(out, time.wrapping_sub(guess.base));
    }
    match packed {
        Some(Ok(packed)) => put(out, packed),
        Some(Err(value)) => out.extend_from_slice(&value.to_le_bytes()),
        None => {}
    }
    if more != 0 {
        put_more(out, reading, more);
    }
    guess.learn(series, time);
}

/// Reads the reading that [`put_reading`] wrote after the same guess.
pub(crate) fn take_reading(
    bytes: &mut Bytes<'_>,
    guess: &mut Guess,
) -> Result<CheckedReading, StoreError> {
    let control = bytes.byte()?;
    let flag = FLAGS.get(usize::from(control & 7)).ok_or_else(|| odd("flag"))?;
    let mut series = guess.series;
    if control & SERIES != 0 {
        let delta = unzigzag(bytes.number()?);
        series = u32::try_from(i64::from(series).wrapping_add(delta)).map_err(|_| odd("series"))?;
    }
    let mut time = guess.time;
    if control & TIME != 0 {
        time = guess.base.wrapping_add(take_step(bytes)?);
    }
    let value = match control & (DECIMAL | RAW) {
        0 => None,
        DECIMAL => Some(value::unpack(bytes.number()?).ok_or_else(|| odd("value"))?),
        RAW => Some(bytes.float()?),
        _ => return Err(odd("control byte")),
    };
    guess.learn(series, time);
    let mut reading = CheckedReading {
        series: SeriesId(series),
        observed_at: Time::from_millis(time),
        value,
        verdict: Verdict { flag: *flag, failed: CheckSet::NONE },
        origin: Origin::Station,
        completeness: 100,
        late: false,
    };
    if control & MORE != 0 {
        take_more(bytes, &mut reading)?;
    }
    Ok(reading)
}

fn more(reading: &CheckedReading) -> u8 {
    let origin = reading.origin as u8;
    let mut more = origin & 3 | if origin & 4 == 0 { 0 } else { ORIGIN_HIGH };
    more |= if reading.late { LATE } else { 0 };
    more |= if reading.completeness == 100 { 0 } else { COMPLETENESS };
    more | if reading.verdict.failed == CheckSet::NONE { 0 } else { FAILED }
}

fn put_more(out: &mut Vec<u8>, reading: &CheckedReading, more: u8) {
    out.push(more);
    if more & COMPLETENESS != 0 {
        out.push(reading.completeness);
    }
    if more & FAILED != 0 {
        put(out, u64::from(reading.verdict.failed.0));
    }
}

fn take_more(bytes: &mut Bytes<'_>, reading: &mut CheckedReading) -> Result<(), StoreError> {
    let more = bytes.byte()?;
    let origin = more & 3 | if more & ORIGIN_HIGH == 0 { 0 } else { 4 };
    reading.origin = *ORIGINS.get(usize::from(origin)).ok_or_else(|| odd("origin"))?;
    reading.late = more & LATE != 0;
    if more & COMPLETENESS != 0 {
        reading.completeness = bytes.byte()?;
    }
    if more & FAILED != 0 {
        reading.verdict.failed = CheckSet(u16::try_from(bytes.number()?).map_err(odd_checks)?);
    }
    Ok(())
}

/// Whole seconds, which nearly all steps are, in a tenth of the range.
fn put_step(out: &mut Vec<u8>, millis: i64) {
    if millis % 1_000 == 0 {
        put(out, zigzag(millis / 1_000) << 1);
    } else {
        // 63 bits hold any step between two instants of a calendar.
        put(out, zigzag(millis) << 1 | 1);
    }
}

fn take_step(bytes: &mut Bytes<'_>) -> Result<i64, StoreError> {
    let step = bytes.number()?;
    let number = unzigzag(step >> 1);
    Ok(if step & 1 == 0 { number.wrapping_mul(1_000) } else { number })
}

fn odd(what: &str) -> StoreError {
    StoreError::damaged("reading", format!("it has an impossible {what}"))
}

fn odd_checks(_: std::num::TryFromIntError) -> StoreError {
    odd("set of checks")
}

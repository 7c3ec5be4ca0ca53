//! Series and readings, in few words.

use analysis::sheet::{Head, Sheet, Style, write};
use analysis::{Failure, Series};
use domain::parameter::Kind;
use domain::{
    Check, CheckSet, CheckedReading, Origin, QcFlag, SensorId, SeriesId, SeriesKey, Span, Time,
    Unit, Verdict,
};
use serde_json::Value;

/// A time of Viet Nam: `2025-11-19 07:00`.
pub(crate) fn at(text: &str) -> Time {
    format!("{}:00+07:00", text.replace(' ', "T")).parse().unwrap()
}

pub(crate) fn series(parameter: &str, unit: Unit, kind: Kind) -> Series {
    Series {
        key: SeriesKey {
            station: "thanh-hoa".parse().unwrap(),
            parameter: parameter.parse().unwrap(),
            sensor: SensorId::main(),
        },
        station_name: "Thạnh Hòa".to_owned(),
        name_vi: parameter.to_owned(),
        name_en: parameter.to_owned(),
        unit: Some(unit),
        decimals: 2,
        kind,
        window: None,
        interval: Some(Span::minutes(10)),
        valid_from: None,
        valid_to: None,
        counted: false,
    }
}

pub(crate) fn stage() -> Series {
    series("water_level", Unit::Metre, Kind::Instant)
}

pub(crate) fn rain() -> Series {
    series("rain", Unit::Millimetre, Kind::Amount)
}

pub(crate) fn reading(at: Time, value: f64, flag: QcFlag) -> CheckedReading {
    let failed = match flag {
        QcFlag::Suspect => CheckSet::from_iter([Check::Rate, Check::Spike]),
        QcFlag::Bad => CheckSet::from_iter([Check::GrossRange]),
        _ => CheckSet::NONE,
    };
    CheckedReading {
        series: SeriesId(0),
        observed_at: at,
        value: (flag != QcFlag::Missing).then_some(value),
        verdict: Verdict { flag, failed },
        origin: Origin::Station,
        completeness: 100,
        late: false,
    }
}

/// Good values every ten minutes in `[from, to)`.
pub(crate) fn every_ten_minutes(
    from: Time,
    to: Time,
    value: impl Fn(Time) -> f64,
) -> Vec<CheckedReading> {
    let count = (to - from).millis() / Span::minutes(10).millis();
    let time = |n| from + Span::minutes(10).times(n);
    (0..count).map(|n| reading(time(n), value(time(n)), QcFlag::Good)).collect()
}

/// The readings in pieces, numbered from 1.
pub(crate) fn pieces(
    readings: &[CheckedReading],
) -> impl Iterator<Item = Result<Vec<(u64, CheckedReading)>, Failure>> {
    let numbered: Vec<(u64, CheckedReading)> = (1..).zip(readings.iter().copied()).collect();
    let pieces: Vec<_> = numbered.chunks(1_000).map(|piece| Ok(piece.to_vec())).collect();
    pieces.into_iter()
}

/// The rows of a report as its JSON has them; its CSV and its screens are written too, and have as many.
pub(crate) fn rows(head: &Head, sheet: &Sheet) -> Vec<Value> {
    let text = |style| {
        let mut text = Vec::new();
        write(head, style, [Ok(sheet.clone())], &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    let json: Value = serde_json::from_str(&text(Style::Json)).unwrap();
    let rows = json["rows"].as_array().unwrap().clone();
    let table = text(Style::Csv);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), head.keys.len() + head.columns.len());
    assert_eq!(reader.records().map(Result::unwrap).count(), rows.len());
    let vietnamese = text(Style::Screen(analysis::sheet::Language::Vietnamese));
    assert!(vietnamese.contains(head.title.vi), "{vietnamese}");
    rows
}

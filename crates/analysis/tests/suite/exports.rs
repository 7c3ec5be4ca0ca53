//! Exports, read back.

use std::io::Cursor;

use analysis::{
    AlarmLevel, Error, Failure, Format, Head, Incomplete, Piece, Place, Series, Written, export,
};
use domain::{CheckedReading, Level, QcFlag, Realm, Span, Time};
use polars::prelude::*;
use polars_io::parquet::read::ParquetReader;
use proptest::prelude::*;
use serde_json::Value;

use crate::common::{at, every_ten_minutes, rain, reading, stage};

fn place() -> Place {
    Place {
        id: "thanh-hoa".to_owned(),
        name: "Thạnh Hòa".to_owned(),
        river: Some("Kôn".to_owned()),
        basin: None,
        lat: Some(13.87),
        lon: Some(109.1),
        position_source: None,
        interval: Span::minutes(10),
        valid_from: Some(at("2020-01-01 00:00")),
        valid_to: None,
        levels: vec![AlarmLevel {
            parameter: "water_level".to_owned(),
            level: Level(3),
            name: "BĐ3".to_owned(),
            value: 8.0,
            source: "QĐ 05/2020/QĐ-TTg".to_owned(),
            valid_from: None,
            valid_to: None,
        }],
        source: "danh mục trạm".to_owned(),
    }
}

fn head(series: Vec<Series>) -> Head {
    Head {
        from: at("2025-11-01 00:00"),
        to: at("2025-12-01 00:00"),
        every: None,
        utc: false,
        realm: Realm::Actual,
        series,
        stations: vec![place()],
        incomplete: None,
    }
}

fn write(head: &Head, format: Format, told: &[&[CheckedReading]]) -> (Vec<u8>, Written) {
    let pieces = told.iter().enumerate().flat_map(|(series, readings)| {
        let numbered: Vec<_> = (1..).zip(readings.iter().copied()).collect();
        let cut: Vec<_> = numbered.chunks(777).map(<[_]>::to_vec).collect();
        cut.into_iter().map(move |readings| Ok::<_, Failure>(Piece { series, readings }))
    });
    let mut bytes = Vec::new();
    let written = export(head, format, pieces, &mut bytes).unwrap();
    (bytes, written)
}

fn text(head: &Head, told: &[&[CheckedReading]]) -> String {
    String::from_utf8(write(head, Format::Csv, told).0).unwrap()
}

/// Rows of a CSV as (column → text), read by a library that knows nothing of us.
fn rows(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// One value of each kind, with a hole of an hour in the middle.
fn mixed() -> Vec<CheckedReading> {
    vec![
        reading(at("2025-11-19 00:00"), 5.25, QcFlag::Good),
        reading(at("2025-11-19 00:10"), 9.75, QcFlag::Suspect),
        reading(at("2025-11-19 01:10"), 99.0, QcFlag::Bad),
        reading(at("2025-11-19 01:20"), 0.0, QcFlag::Missing),
        reading(at("2025-11-19 01:30") + Span::from_millis(5), -0.1, QcFlag::NotEvaluated),
    ]
}

#[test]
fn a_csv_says_before_its_rows_what_they_are_and_where_they_come_from() {
    let text = text(&head(vec![stage(), rain()]), &[&mixed(), &[]]);
    let comments: Vec<&str> = text.lines().take_while(|line| line.starts_with("# ")).collect();
    let told = |part: &str| {
        assert!(comments.iter().any(|line| line.contains(part)), "{part}: {comments:#?}")
    };
    told("from 2025-11-01T00:00:00+07:00 until 2025-12-01T00:00:00+07:00 (exclusive)");
    told("time zone: UTC+7");
    told("realm: actual");
    told("flag: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing");
    told("version: number of the arrival");
    let json = |what: &str| -> Vec<Value> {
        let lines = comments.iter().filter_map(|line| line.strip_prefix(&format!("# {what}: ")));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let stations = json("station");
    assert_eq!(stations[0]["name"], "Thạnh Hòa");
    assert_eq!(stations[0]["levels"][0]["source"], "QĐ 05/2020/QĐ-TTg");
    assert_eq!(stations[0]["valid_from"], "2020-01-01T00:00:00+07:00");
    let series = json("series");
    assert_eq!((&series[0]["parameter"], &series[0]["unit"]), (&"water_level".into(), &"m".into()));
    assert_eq!(series.len(), 2, "a series without rows is named too");
    let heading = text.lines().nth(comments.len()).unwrap();
    assert_eq!(
        heading,
        "time,station,parameter,sensor,value,unit,flag,failed,completeness,version"
    );
}

#[test]
fn gaps_stay_gaps_and_every_flag_stands_beside_an_untouched_value() {
    let rows = rows(&text(&head(vec![stage()]), &[&mixed()]));
    let told: Vec<_> = rows
        .iter()
        .map(|row| ["time", "value", "flag", "failed", "version"].map(|key| row[key].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ["2025-11-19T00:00:00+07:00", "5.25", "1", "", "1"],
            ["2025-11-19T00:10:00+07:00", "9.75", "3", "rate|spike", "2"],
            ["2025-11-19T01:10:00+07:00", "99", "4", "gross_range", "3"],
            ["2025-11-19T01:20:00+07:00", "", "9", "", "4"],
            ["2025-11-19T01:30:00.005+07:00", "-0.1", "2", "", "5"],
        ]
    );
    assert!(rows.iter().all(|row| row["unit"] == "m" && row["station"] == "thanh-hoa"));
    let utc = text(&Head { utc: true, ..head(vec![stage()]) }, &[&mixed()]);
    assert!(utc.contains("# time zone: UTC\n") && utc.contains("2025-11-18T17:00:00Z,thanh-hoa"));
}

#[test]
fn json_has_the_same_rows_as_csv() {
    let (bytes, written) = write(&head(vec![stage(), rain()]), Format::Json, &[&mixed(), &mixed()]);
    let json: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["about"]["time_zone"], "UTC+7");
    assert_eq!(json["about"]["stations"][0]["levels"][0]["value"], 8.0);
    let found = json["rows"].as_array().unwrap();
    assert_eq!((found.len() as u64, written.rows), (10, 10));
    let table = rows(&text(&head(vec![stage(), rain()]), &[&mixed(), &mixed()]));
    for (json, csv) in found.iter().zip(&table) {
        for key in ["time", "station", "parameter", "sensor", "unit"] {
            assert_eq!(json[key].as_str().unwrap(), csv[key]);
        }
        assert_eq!(json["value"].as_f64(), csv["value"].parse().ok());
        assert_eq!(json["flag"].to_string(), csv["flag"]);
        let failed: Vec<_> =
            json["failed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(failed.join("|"), csv["failed"]);
    }
    let empty = write(&head(vec![stage()]), Format::Json, &[&[]]).0;
    let empty: Value = serde_json::from_slice(&empty).unwrap();
    assert_eq!(empty["rows"].as_array().unwrap().len(), 0);
}

#[test]
fn polars_reads_the_parquet_back_with_the_rows_of_the_csv() {
    let head = head(vec![stage(), rain()]);
    let amounts = every_ten_minutes(at("2025-11-01 00:00"), at("2025-12-01 00:00"), |t| {
        (t.millis() / 600_000 % 7) as f64 / 10.0
    });
    let told: [&[CheckedReading]; 2] = [&mixed(), &amounts];
    let (bytes, written) = write(&head, Format::Parquet, &told);
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let about = reader.get_metadata().unwrap().key_value_metadata().clone().unwrap();
    let about = about.iter().find(|pair| pair.key == "quantrac").unwrap().value.clone().unwrap();
    let about: Value = serde_json::from_str(&about).unwrap();
    assert_eq!(about["about"]["stations"][0]["name"], "Thạnh Hòa");
    let frame = reader.finish().unwrap();
    assert_eq!((frame.height() as u64, frame.height()), (written.rows, 5 + 4_320));
    let zone = TimeZone::opt_try_new(Some("Etc/GMT-7")).unwrap();
    let time = frame.column("time").unwrap();
    assert_eq!(time.dtype(), &DataType::Datetime(TimeUnit::Milliseconds, zone));
    let table = rows(&text(&head, &told));
    let time = time.cast(&DataType::Int64).unwrap();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap();
    let (times, values) = (time.i64().unwrap(), frame.column("value").unwrap().f64().unwrap());
    let (flags, failed) = (frame.column("flag").unwrap().i32().unwrap(), text("failed"));
    let versions = frame.column("version").unwrap().i64().unwrap();
    for (n, row) in table.iter().enumerate() {
        assert_eq!(times.get(n), Some(row["time"].parse::<Time>().unwrap().millis()));
        assert_eq!(values.get(n), row["value"].parse().ok(), "row {n}");
        assert_eq!(flags.get(n), row["flag"].parse().ok());
        assert_eq!(failed.get(n).unwrap_or(""), row["failed"]);
        assert_eq!(versions.get(n), row["version"].parse().ok());
        for name in ["station", "parameter", "sensor", "unit"] {
            assert_eq!(text(name).get(n), Some(row[name].as_str()));
        }
    }
}

#[test]
fn polars_reads_the_csv_as_one_table() {
    let text = text(&head(vec![stage()]), &[&mixed()]);
    let options = CsvReadOptions::default()
        .with_has_header(true)
        .map_parse_options(|options| options.with_comment_prefix(Some("#")));
    let frame = options.into_reader_with_file_handle(Cursor::new(text)).finish().unwrap();
    assert_eq!(frame.shape(), (5, 10));
    assert_eq!(frame.column("value").unwrap().null_count(), 1);
}

#[test]
fn hours_count_what_counts_and_say_how_much_of_them_is_covered() {
    let mut readings = every_ten_minutes(at("2025-11-19 00:00"), at("2025-11-19 02:00"), |_| 2.0);
    readings[1] = reading(at("2025-11-19 00:10"), 8.0, QcFlag::Suspect);
    readings[2] = reading(at("2025-11-19 00:20"), 99.0, QcFlag::Bad);
    let hourly = Head { every: Some(Span::hours(1)), ..head(vec![stage()]) };
    let table = text(&hourly, &[&readings]);
    assert!(table.contains("buckets of 1h from midnight UTC+7"), "{table}");
    let found = rows(&table);
    let row = |n: usize, keys: [&str; 6]| keys.map(|key| found[n][key].clone());
    let keys = ["time", "value", "flag", "completeness", "max", "count"];
    assert_eq!(row(0, keys), ["2025-11-19T00:00:00+07:00", "3.2", "3", "83", "8", "5"]);
    assert_eq!(row(1, keys), ["2025-11-19T01:00:00+07:00", "2", "1", "100", "2", "6"]);
    let json: Value =
        serde_json::from_slice(&write(&hourly, Format::Json, &[&readings[2..3]]).0).unwrap();
    assert_eq!(json["rows"][0]["count"], 0);
    assert_eq!(json["rows"][0].get("min"), Some(&Value::Null), "nothing counts");
    // An amount belongs to the hour that ends with it, and is named for its end.
    let hourly = Head { series: vec![rain()], ..hourly };
    let found = rows(&text(&hourly, &[&readings]));
    let ends: Vec<_> =
        found.iter().map(|row| (row["time"].as_str(), row["value"].as_str())).collect();
    assert_eq!(
        ends,
        [
            ("2025-11-19T00:00:00+07:00", "2"),
            ("2025-11-19T01:00:00+07:00", "16"),
            ("2025-11-19T02:00:00+07:00", "10")
        ]
    );
}

#[test]
fn what_is_missing_although_it_was_measured_is_said_in_every_format() {
    let before = at("2025-11-10 00:00");
    let incomplete = Some(Incomplete { before, reason: "unreachable".to_owned() });
    let head = Head { incomplete, ..head(vec![stage()]) };
    let line = "# INCOMPLETE: what was observed before 2025-11-10T00:00:00+07:00 is missing, or some of it: unreachable";
    assert!(text(&head, &[&mixed()]).lines().any(|l| l == line));
    let json: Value = serde_json::from_slice(&write(&head, Format::Json, &[&mixed()]).0).unwrap();
    assert_eq!(json["about"]["incomplete"]["reason"], "unreachable");
    let mut reader = ParquetReader::new(Cursor::new(write(&head, Format::Parquet, &[&mixed()]).0));
    let about = reader.get_metadata().unwrap().key_value_metadata().clone().unwrap();
    let about = about.iter().find(|pair| pair.key == "quantrac").unwrap().value.clone().unwrap();
    assert!(about.contains("\"incomplete\":{\"before\":\"2025-11-10T00:00:00+07:00\""), "{about}");
}

#[test]
fn a_source_that_breaks_and_a_writer_that_is_full_are_errors_and_no_short_file() {
    let head = head(vec![stage()]);
    let good = || Ok(Piece { series: 0, readings: vec![(1, mixed()[0])] });
    let broken = [good(), Err("the disk is gone".into())];
    let told = export(&head, Format::Csv, broken, Vec::new()).unwrap_err();
    assert_eq!(told.to_string(), "the readings cannot be read: the disk is gone");
    for format in [Format::Csv, Format::Json, Format::Parquet] {
        let mut full = [0_u8; 300];
        let told = export(&head, format, [good()], &mut full[..]).unwrap_err();
        assert!(matches!(told, Error::Write(_)), "{format:?}: {told}");
    }
    let stray = [Ok(Piece { series: 7, readings: Vec::new() })];
    assert!(matches!(
        export(&head, Format::Csv, stray, Vec::new()),
        Err(Error::NoSuchSeries(7, 1))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn as_many_rows_as_readings_and_every_value_to_the_last_bit(
        told in proptest::collection::vec((1_i64..5_000_000, proptest::num::f64::NORMAL, 0_u8..5), 0..400)
    ) {
        let flags = [QcFlag::Good, QcFlag::NotEvaluated, QcFlag::Suspect, QcFlag::Bad, QcFlag::Missing];
        let mut time = at("2025-11-01 00:00");
        let readings: Vec<_> = told
            .iter()
            .map(|(step, value, flag)| {
                time = time + Span::from_millis(*step);
                reading(time, *value, flags[usize::from(*flag)])
            })
            .collect();
        let head = head(vec![stage()]);
        let (bytes, written) = write(&head, Format::Csv, &[&readings]);
        let count = readings.len() as u64;
        prop_assert_eq!(written, Written { readings: count, rows: count });
        let back = rows(std::str::from_utf8(&bytes).unwrap());
        prop_assert_eq!(back.len(), readings.len());
        for (row, reading) in back.iter().zip(&readings) {
            prop_assert_eq!(row["time"].parse::<Time>().unwrap(), reading.observed_at);
            prop_assert_eq!(row["value"].parse().ok(), reading.value);
        }
        let frame = ParquetReader::new(Cursor::new(write(&head, Format::Parquet, &[&readings]).0)).finish().unwrap();
        let values = frame.column("value").unwrap().f64().unwrap();
        prop_assert!(values.iter().eq(readings.iter().map(|reading| reading.value)));
        let json: Value = serde_json::from_slice(&write(&head, Format::Json, &[&readings]).0).unwrap();
        prop_assert_eq!(json["rows"].as_array().unwrap().len(), readings.len());
    }
}

//! What messages give, as data: the smallest payload, the readings and the rejects it leads to.

use decode::{Decoded, RawReading, RawValue, telemetry};
use domain::Time;

/// Decodes and writes everything down, one line each: readings as
/// `pointer = value unit @sensor #mark, time`, rejects as `reason pointer`.
fn told(payload: &[u8]) -> Vec<String> {
    let Decoded { readings, set_aside } = telemetry(payload, Time::from_millis(0));
    let rejects = set_aside.iter().map(|rejected| {
        assert!(!rejected.detail.is_empty() && rejected.detail.len() < 400, "{}", rejected.detail);
        format!("{:?} {}", rejected.reason, rejected.pointer).trim_end().to_owned()
    });
    readings.iter().map(line).chain(rejects).collect()
}

fn line(reading: &RawReading<'_>) -> String {
    let mut line = format!("{} = ", reading.pointer());
    match reading.value {
        RawValue::Number(number) => line += &number.to_string(),
        RawValue::Missing => line += "missing",
    }
    reading.unit.iter().for_each(|unit| line += &format!(" {unit}"));
    reading.sensor.iter().for_each(|sensor| line += &format!(" @{sensor}"));
    reading.mark.iter().for_each(|mark| line += &format!(" #{mark}"));
    match reading.observed_at {
        Some(time) => line + ", " + &time.to_string(),
        None => line,
    }
}

#[track_caller]
fn check(payload: &str, expected: &[&str]) {
    assert_eq!(told(payload.as_bytes()), expected, "{payload}");
}

#[test]
fn a_plain_message_gives_its_readings() {
    check(
        r#"{"time":"2025-11-19T07:00:00+07:00","readings":{"water_level":8.00,"rain":0.2}}"#,
        &[
            "/readings/water_level = 8, 2025-11-19T07:00:00+07:00",
            "/readings/rain = 0.2, 2025-11-19T07:00:00+07:00",
        ],
    );
}

#[test]
fn texts_are_borrowed_from_the_payload() {
    let payload = br#"{"readings":{"water_level":{"value":1,"unit":"m","sensor":"radar"}}}"#;
    let decoded = telemetry(payload, Time::from_millis(0));
    let reading = &decoded.readings[0];
    assert!(matches!(reading.parameter, std::borrow::Cow::Borrowed(_)));
    assert!(matches!(reading.unit, Some(std::borrow::Cow::Borrowed("m"))));
    assert!(matches!(reading.sensor, Some(std::borrow::Cow::Borrowed("radar"))));
}

#[test]
fn the_order_of_time_and_readings_does_not_matter() {
    check(
        r#"{"readings":{"a":1},"time":1763510400}"#,
        &["/readings/a = 1, 2025-11-19T07:00:00+07:00"],
    );
}

#[test]
fn a_backlog_gives_every_entry() {
    check(
        r#"[{"time":1763510400,"readings":{"a":1}},{"time":1763510460000,"readings":{"a":2}}]"#,
        &[
            "/0/readings/a = 1, 2025-11-19T07:00:00+07:00",
            "/1/readings/a = 2, 2025-11-19T07:01:00+07:00",
        ],
    );
    check("[]", &[]);
    check(r#"{"readings":{}}"#, &[]);
}

#[test]
fn a_reading_may_say_unit_sensor_and_quality() {
    check(
        r#"{"readings":{"a":{"value":800,"unit":"cm","sensor":"radar","quality":"good"}}}"#,
        &["/readings/a = 800 cm @radar #good"],
    );
    check(
        r#"{"readings":{"a":[{"value":8,"sensor":"radar"},{"value":7.9,"sensor":2}]}}"#,
        &["/readings/a/0 = 8 @radar", "/readings/a/1 = 7.9 @2"],
    );
    check(
        r#"{"readings":{"a":{"value":8,"unit":null,"sensor":"","quality":null}}}"#,
        &["/readings/a = 8"],
    );
}

#[test]
fn an_absent_time_is_left_to_the_caller() {
    check(r#"{"readings":{"a":1}}"#, &["/readings/a = 1"]);
    check(r#"{"time":null,"readings":{"a":1}}"#, &["/readings/a = 1"]);
}

#[test]
fn a_time_that_cannot_be_read_costs_its_entry_and_no_other() {
    for time in ["\"yesterday\"", "true", "\"2025-11-19T07:00:00\"", "1e15", "[]", "{}", "\"\""] {
        let bad = format!(r#"{{"time":{time},"readings":{{"a":1}}}}"#);
        check(&bad, &["WrongTime /time"]);
        check(
            &format!(r#"[{bad},{{"time":0,"readings":{{"a":2}}}}]"#),
            &["/1/readings/a = 2, 1970-01-01T07:00:00+07:00", "WrongTime /0/time"],
        );
    }
}

#[test]
fn missing_has_several_spellings() {
    let missing = ["null", "\"NAN\"", "\"nan\"", "\"MISSING\"", "\" NaN \"", r#"{"value":null}"#];
    for value in missing {
        check(&format!(r#"{{"readings":{{"a":{value}}}}}"#), &["/readings/a = missing"]);
    }
}

#[test]
fn plain_decimal_texts_are_numbers() {
    for (text, number) in [("8.00", "8"), (" -0.5", "-0.5"), ("+3", "3"), ("007", "7")] {
        let expected = format!("/readings/a = {number}");
        check(&format!(r#"{{"readings":{{"a":"{text}"}}}}"#), &[&expected]);
    }
}

#[test]
fn what_is_no_number_costs_one_reading() {
    let values = [
        "true",
        "\"8,00\"",
        "\"8 m\"",
        "\"1e3\"",
        "\"inf\"",
        "\"\"",
        "\"-\"",
        "\"0*T\"",
        "NaN",
        "nan",
        "-nan",
        "inf",
        "-inf",
        "Infinity",
        "-Infinity",
        "-",
        ".",
        "-.",
        "1e999",
        "-1e999",
        "8.",
        ".5",
        "+1",
        "007",
        "0x1F",
        "N/A",
        "∞",
        "{\"value\":nan}",
        "{\"value\":[1]}",
    ];
    let huge = format!("\"{}\"", "9".repeat(400));
    for value in values.into_iter().chain([huge.as_str()]) {
        check(
            &format!(r#"{{"readings":{{"x":1.5,"a":{value},"z":2}}}}"#),
            &["/readings/x = 1.5", "/readings/z = 2", "NotANumber /readings/a"],
        );
    }
}

#[test]
fn a_bare_nan_as_time_costs_the_entry() {
    check(r#"{"time":nan,"readings":{"a":1}}"#, &["WrongTime /time"]);
}

#[test]
fn a_reading_of_another_form_costs_one_reading() {
    let values = [
        r#"{"unit":"m"}"#,
        r#"{"value":1,"units":"cm"}"#,
        r#"{"value":1,"unit":["cm"]}"#,
        r#"{"value":1,"quality":true}"#,
    ];
    for value in values {
        check(
            &format!(r#"{{"readings":{{"a":{value},"z":2}}}}"#),
            &["/readings/z = 2", "WrongForm /readings/a"],
        );
    }
    check(
        r#"{"readings":{"a":[8.0,{"value":7}]}}"#,
        &["/readings/a/1 = 7", "WrongForm /readings/a/0"],
    );
}

#[test]
fn unknown_keys_of_an_entry_are_named_and_the_rest_is_kept() {
    check(
        r#"{"battery":12.4,"readings":{"a":1},"gps":{"lat":[1]}}"#,
        &["/readings/a = 1", "WrongForm /battery", "WrongForm /gps"],
    );
}

#[test]
fn a_message_of_another_form_is_put_aside_whole() {
    for payload in [r#"{"d":[{"tag":"x","value":1}],"ts":1}"#, "{}", "17", "\"hi\"", "null", "true"]
    {
        check(payload, &["WrongForm"]);
    }
    check(r#"{"readings":[1,2]}"#, &["WrongForm /readings"]);
    check(
        r#"[1,{"readings":{"a":1}},[],{}]"#,
        &["/1/readings/a = 1", "WrongForm /0", "WrongForm /2", "WrongForm /3"],
    );
}

#[test]
fn of_two_values_under_one_name_both_go() {
    check(
        r#"{"readings":{"a":1,"b":2,"a":3}}"#,
        &["/readings/b = 2", "DuplicateName /readings/a", "DuplicateName /readings/a"],
    );
    check(
        r#"{"readings":{"a":{"value":1,"value":1},"b":2}}"#,
        &["/readings/b = 2", "DuplicateName /readings/a"],
    );
    check(r#"{"time":0,"time":1,"readings":{"a":1}}"#, &["DuplicateName /time"]);
    check(r#"{"readings":{"a":1},"readings":{"b":1}}"#, &["DuplicateName /readings"]);
    check(
        r#"{"readings":{"a":[{"value":1,"sensor":"x"},{"value":2},{"value":3,"sensor":"x"}]}}"#,
        &["/readings/a/1 = 2", "DuplicateName /readings/a/0", "DuplicateName /readings/a/2"],
    );
}

#[test]
fn names_are_escaped_in_pointers() {
    check(r#"{"readings":{"a/b~c":1,"":2}}"#, &["/readings/a~1b~0c = 1", "/readings/ = 2"]);
    check(r#"{"readings":{"\u0061\n":1}}"#, &["/readings/a\n = 1"]);
}

#[test]
fn nothing_is_empty() {
    check("", &["Empty"]);
    check(" \r\n\t", &["Empty"]);
    check("\u{feff}", &["Empty"]);
}

#[test]
fn a_byte_order_mark_is_accepted() {
    check("\u{feff}{\"readings\":{\"a\":1}}", &["/readings/a = 1"]);
}

#[test]
fn broken_utf8_is_named_with_its_position() {
    let payload = b"{\"readings\":{\"t\":{\"value\":1,\"unit\":\"\xb0C\"}}}";
    assert_eq!(told(payload), ["NotUtf8"]);
    let detail = &telemetry(payload, Time::from_millis(0)).set_aside[0].detail;
    assert!(detail.contains("byte 36"), "{detail}");
}

#[test]
fn of_a_body_cut_off_the_complete_entries_are_kept() {
    let entry = r#"{"time":0,"readings":{"a":801}}"#;
    let whole = format!("[{entry},{entry}]");
    let kept = "/0/readings/a = 801, 1970-01-01T07:00:00+07:00";
    for end in entry.len() + 1..whole.len() - 2 {
        check(&whole[..end], &[kept, "NotJson /1"]);
    }
    for end in 1..=entry.len() {
        check(&whole[..end], &["NotJson /0"]);
    }
    for end in 1..entry.len() {
        check(&entry[..end], &["NotJson"]);
    }
    check(&format!("{entry}01}}}}"), &["/readings/a = 801, 1970-01-01T07:00:00+07:00", "NotJson"]);
}

#[test]
fn the_position_of_a_syntax_error_is_a_byte_of_the_original() {
    let position = |payload: &str| {
        let decoded = telemetry(payload.as_bytes(), Time::from_millis(0));
        let detail = decoded.set_aside.last().expect("a reject").detail.clone();
        let rest = detail.split("at byte ").nth(1).expect("a position");
        rest.split(':').next().expect("a number").parse::<usize>().expect("a number")
    };
    assert_eq!(position(r#"{"readings":{"a":1"#), 18);
    assert_eq!(position("{\n\"readings\":\n{\"a\":1"), 20);
    assert_eq!(position("\u{feff}{\"readings\":{\"a\":1"), 21);
    assert_eq!(position(r#"{"readings":{"a":nan,"b":inf,"c":1"#), 34);
}

#[test]
fn bombs_are_put_aside_unread() {
    let deep = "[".repeat(100_000);
    check(&deep, &["TooMuch /0"]);
    check(&format!(r#"{{"x":{deep}"#), &["TooMuch"]);
    check(r#"{"x":[[[[[[[1]]]]]]],"readings":{"a":1}}"#, &["/readings/a = 1", "WrongForm /x"]);
    check(r#"{"x":[[[[[[[[1]]]]]]]],"readings":{"a":1}}"#, &["TooMuch"]);
}

#[test]
fn a_backlog_of_a_day_is_taken_whole_and_what_is_too_much_is_told() {
    let entry = |count: usize, value: &str| {
        let members: Vec<_> = (0..count).map(|i| format!("\"p{i}\":{value}")).collect();
        format!("{{\"time\":0,\"readings\":{{{}}}}}", members.join(","))
    };
    let counts = |payload: String| {
        let decoded = telemetry(payload.as_bytes(), Time::from_millis(0));
        let reasons = decoded.set_aside.iter().map(|rejected| rejected.reason);
        let too_much = reasons.filter(|why| *why == domain::SetAsideReason::TooMuch).count();
        (decoded.readings.len(), decoded.set_aside.len(), too_much)
    };
    let backlog = format!("[{},{}]", entry(6_000, "1"), entry(6_000, "1"));
    assert_eq!(counts(backlog), (12_000, 0, 0));
    assert_eq!(counts(entry(50_000, "1")), (50_000, 0, 0));
    assert_eq!(counts(entry(50_001, "1")), (0, 1, 1));
    assert_eq!(counts(entry(10_001, "true")), (0, 1, 1));
    let backlog = format!("[{},{}]", entry(30_000, "1"), entry(30_000, "1"));
    assert_eq!(counts(backlog), (30_000, 1, 1));
}

#[test]
fn another_name_of_the_time_is_the_time() {
    let names = [
        "ts",
        "timestamp",
        "Time",
        "TIME",
        "observed_at",
        "observedAt",
        "datetime",
        "date",
        "t",
        "thời gian",
    ];
    for name in names {
        for value in ["1763510400", "1763510400000", "\"2025-11-19T07:00:00+07:00\""] {
            check(
                &format!(
                    r#"[{{"{name}":{value},"readings":{{"a":1}}}},{{"readings":{{"a":2}},"{name}":0}}]"#
                ),
                &[
                    "/0/readings/a = 1, 2025-11-19T07:00:00+07:00",
                    "/1/readings/a = 2, 1970-01-01T07:00:00+07:00",
                ],
            );
        }
        let pointer =
            if name.eq_ignore_ascii_case("time") { "/time".into() } else { format!("/{name}") };
        let unreadable = format!(r#"{{"{name}":"19/11/2025 07:00","readings":{{"a":1}}}}"#);
        check(&unreadable, &[&format!("WrongTime {pointer}")]);
    }
}

#[test]
fn an_entry_whose_time_nobody_finds_is_never_of_now() {
    for name in ["when", "luc", "received_at", "saved", "x", "Ngày"] {
        let key = format!("WrongForm /{name}");
        let time = format!("WrongTime /{name}");
        check(&format!(r#"{{"{name}":1763510400,"readings":{{"a":1}}}}"#), &[&key, &time]);
        check(&format!(r#"{{"readings":{{"a":1}},"time":null,"{name}":1}}"#), &[&key, &time]);
        check(
            &format!(r#"{{"time":0,"{name}":1,"readings":{{"a":1}}}}"#),
            &["/readings/a = 1, 1970-01-01T07:00:00+07:00", &key],
        );
    }
    let parts = ["[2025,11,19,7,0,0]", r#"{"sec":1763510400}"#, "\"7h\"", "null"];
    for parts in parts {
        let text = format!(r#"{{"luc":{parts},"readings":{{"a":1}}}}"#);
        check(&text, &["WrongForm /luc", "WrongTime /luc"]);
    }
    check(r#"{"ts":0,"timestamp":1,"readings":{"a":1}}"#, &["WrongTime /ts"]);
    check(
        r#"{"ts":0,"Time":null,"readings":{"a":1}}"#,
        &["/readings/a = 1, 1970-01-01T07:00:00+07:00"],
    );
    check(r#"{"time":0,"TIME":1,"readings":{"a":1}}"#, &["DuplicateName /time"]);
}

#[test]
fn several_entries_without_time_are_not_all_of_one_instant() {
    let one = r#"{"readings":{"a":1,"b":2}}"#;
    let timed = r#"{"time":0,"readings":{"a":3}}"#;
    let third = "/1/readings/a = 3, 1970-01-01T07:00:00+07:00";
    check(&format!("[{one}]"), &["/0/readings/a = 1", "/0/readings/b = 2"]);
    check(&format!("[{one},{one}]"), &["WrongTime /0", "WrongTime /1"]);
    check(&format!("[{one},{timed}]"), &[third, "WrongTime /0"]);
    check(&format!("[{one},{timed},{one}]"), &[third, "WrongTime /0", "WrongTime /2"]);
    check(&format!("{one}\n{one}"), &["WrongTime /0", "WrongTime /1"]);
    check(&format!("[{one},"), &["WrongTime /0", "NotJson /1"]);
    check(
        &format!("[{one},{{\"time\":true,\"readings\":{{\"a\":1}}}}]"),
        &["WrongTime /1/time", "WrongTime /0"],
    );
}

#[test]
fn keys_and_names_are_compared_without_capitals() {
    check(
        r#"{"TIME":0,"Readings":{"A":{"Value":1,"UNIT":"m","Sensor":"Radar","QUALITY":"x"}}}"#,
        &["/readings/A = 1 m @Radar #x, 1970-01-01T07:00:00+07:00"],
    );
    check(
        r#"{"time":0,"readings":{"a":1,"A":2,"b":3}}"#,
        &[
            "/readings/b = 3, 1970-01-01T07:00:00+07:00",
            "DuplicateName /readings/a",
            "DuplicateName /readings/a",
        ],
    );
    check(
        r#"{"readings":{"a":[{"value":1,"sensor":"Radar"},{"value":2,"sensor":" radar"}]}}"#,
        &["DuplicateName /readings/a/0", "DuplicateName /readings/a/1"],
    );
    check(
        r#"{"readings":{"a":[{"value":1},{"value":2,"sensor":"MAIN"}]}}"#,
        &["DuplicateName /readings/a/0", "DuplicateName /readings/a/1"],
    );
}

#[test]
fn objects_on_lines_are_an_array_of_them() {
    let (one, two) = (r#"{"time":0,"readings":{"a":1}}"#, r#"{"time":60,"readings":{"a":2}}"#);
    let both = [
        "/0/readings/a = 1, 1970-01-01T07:00:00+07:00",
        "/1/readings/a = 2, 1970-01-01T07:01:00+07:00",
    ];
    for between in ["\n", "\r\n", "", "\n\n"] {
        for end in ["", "\n", "\r\n\0", "\0\0\0"] {
            check(&format!("\u{feff}{one}{between}{two}{end}"), &both);
        }
    }
    check(
        &format!("{one}\n{{\"time\":60,\"readings\":{{\"a\":nan}}}}"),
        &[both[0], "NotANumber /1/readings/a"],
    );
    check(&format!("{one}\n{two}\n{{\"time\""), &[both[0], both[1], "NotJson /2"]);
}

#[test]
fn bytes_after_the_end_cost_nothing_and_are_named_when_they_mean_something() {
    let whole = r#"{"time":0,"readings":{"a":1}}"#;
    let kept = "/readings/a = 1, 1970-01-01T07:00:00+07:00";
    for end in ["\0", "\0\0\0\0", "\r\n", " \t\n", "\r\n\0", "\0\r\n"] {
        check(&format!("{whole}{end}"), &[kept]);
    }
    for end in ["x", "]", "}", ",", "\0old buffer", "OK\r\n", "\u{1a}", "\0{\"time\":5}"] {
        let text = format!("{whole}{end}");
        check(&text, &[kept, "NotJson"]);
        let decoded = telemetry(text.as_bytes(), Time::from_millis(0));
        assert!(decoded.set_aside[0].harmless, "{end:?}");
    }
    let old = [whole.as_bytes(), b"\0\xff\xfe"].concat();
    assert_eq!(told(&old), [kept, "NotJson"]);
    let broken = telemetry(b"[1", Time::from_millis(0));
    assert!(broken.set_aside.iter().all(|rejected| !rejected.harmless));
}

#[test]
fn decimals_are_read_exactly() {
    for text in ["8.21", "0.1", "123456.789", "8.2100000000000001", "9007199254740993", "5e-324"] {
        let payload = format!(r#"{{"readings":{{"a":{text}}}}}"#);
        let decoded = telemetry(payload.as_bytes(), Time::from_millis(0));
        let expected: f64 = text.parse().expect("a number");
        assert_eq!(decoded.readings[0].value, RawValue::Number(expected), "{text}");
    }
}

//! Limits as the configuration writes them.

use domain::Span;
use quality::{CrossCheck, FlatLine, Gross, Limits, Rate, Recession, Spike};

fn parse(text: &str) -> Result<Limits, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn every_key_is_read_and_written_as_text() {
    let limits = Limits {
        gross: Some(Gross {
            fail_min: Some(-1.0),
            fail_max: Some(15.0),
            suspect_min: Some(0.0),
            suspect_max: Some(12.0),
        }),
        rate: Some(Rate {
            suspect: Some(0.5),
            fail: Some(5.0),
            per: Span::minutes(10),
            tolerance: 0.02,
        }),
        recession: Some(Recession {
            fastest: 0.3,
            per: Span::hours(1),
            tolerance: 0.2,
            confirm_readings: 4,
            confirm_after: Span::minutes(30),
            confirm_moves: 0.2,
            confirm_share: 0.25,
        }),
        spike: Some(Spike { suspect: Some(0.5), fail: Some(5.0) }),
        flat_line: Some(FlatLine {
            suspect: Some(Span::hours(6)),
            fail: Some(Span::days(2)),
            tolerance: 0.01,
            ignore_at_or_below: Some(0.0),
            ignore_at_or_above: Some(95.0),
        }),
        gap: Some(Span::hours(1)),
        cross_check: Some(CrossCheck { tolerance: 0.05, within: Span::minutes(20) }),
    };
    assert_eq!(limits.faults(), [""; 0]);
    let text = toml::to_string(&limits).expect("TOML");
    assert!(text.contains("per = \"10min\""), "{text}");
    assert_eq!(parse(&text).expect("the same limits"), limits);
    assert_eq!(toml::to_string(&Limits::default()).expect("TOML"), "");
    let bytes = postcard::to_allocvec(&limits).expect("bytes");
    assert_eq!(postcard::from_bytes::<Limits>(&bytes).expect("the same limits"), limits);
}

#[test]
fn unknown_keys_are_errors() {
    for text in ["range = {}", "gross = { max = 1.0 }", "rate = { per = '1h', rising = true }"] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
}

#[test]
fn every_contradiction_is_reported_with_its_key() {
    let check = |text: &str, expected: &[&str]| {
        let faults = parse(text).expect(text).faults();
        assert_eq!(faults.len(), expected.len(), "{text}: {faults:?}");
        for (fault, key) in faults.iter().zip(expected) {
            assert!(fault.starts_with(key), "{fault} should be about {key}");
        }
    };
    check("", &[]);
    check("gross = {}", &["gross"]);
    check("gross = { fail_min = 5.0, fail_max = 1.0 }", &["gross.fail_min"]);
    check("gross = { suspect_min = 5.0, suspect_max = 5.0 }", &["gross.suspect_min"]);
    check("gross = { fail_min = 0.0, suspect_min = -1.0 }", &["gross.suspect_min"]);
    check("gross = { fail_max = 10.0, suspect_max = 12.0 }", &["gross.suspect_max"]);
    check("gross = { fail_max = inf }", &["gross.fail_max"]);
    check("gross = { fail_max = nan }", &["gross.fail_max"]);
    check("rate = { per = '0s' }", &["rate.per", "rate says nothing"]);
    check("rate = { per = '1h', suspect = -1.0 }", &["rate.suspect"]);
    check("rate = { per = '1h', suspect = 2.0, fail = 1.0 }", &["rate.suspect"]);
    check("rate = { per = '1h', fail = 1.0, tolerance = -0.1 }", &["rate.tolerance"]);
    check("spike = { suspect = 0.0 }", &["spike.suspect"]);
    check("spike = {}", &["spike says nothing"]);
    check("flat_line = {}", &["flat_line says nothing"]);
    check("flat_line = { suspect = '2h', fail = '1h' }", &["flat_line.suspect"]);
    check(
        "flat_line = { suspect = '-2h', tolerance = -1.0 }",
        &["flat_line.suspect", "flat_line.tolerance"],
    );
    check("gap = '-1h'", &["gap"]);
    check(
        "cross_check = { tolerance = -1.0, within = '0s' }",
        &["cross_check.tolerance", "cross_check.within"],
    );
}

//! Whatever bytes come, something is said about them and nothing breaks.

use decode::{Decoded, RawValue, telemetry};
use domain::{SetAsideReason, Time};
use proptest::prelude::*;

const MESSAGE: &str = r#"[{"time":"2025-11-19T07:00:00+07:00","readings":{"water_level":
{"value":800,"unit":"cm","sensor":"radar","quality":"tốt"},"rain":0.2,"wind":nan,"t":[{"value":"25.1"},
{"value":null,"sensor":"b"}]}},{"time":1763510460000,"readings":{"rain":1e999,"rain":0.4}}]"#;

/// What holds for every payload.
fn sound(payload: &[u8]) -> Decoded<'_> {
    let decoded = telemetry(payload, Time::from_millis(0));
    for reading in &decoded.readings {
        assert!(reading.pointer().starts_with('/'));
        if let RawValue::Number(number) = reading.value {
            assert!(number.is_finite());
        }
    }
    assert!(decoded.readings.len() <= decode::MOST_READINGS);
    assert_eq!(decoded, telemetry(payload, Time::from_millis(1)));
    let _ = decode::status(payload);
    decoded
}

fn json_like() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"time\"",
        "\"readings\"",
        "\"value\"",
        "\"unit\"",
        "\"sensor\"",
        "\"a\"",
        "1",
        "-0.5",
        "nan",
        "-",
        "null",
        "true",
        "1e999",
        "\"",
        "\\",
        " ",
        "\u{feff}",
        "é",
        "\n",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        sound(&payload);
    }

    #[test]
    fn arbitrary_tokens_do_not_panic(payload in json_like()) {
        sound(payload.as_bytes());
    }

    #[test]
    fn a_message_with_changed_bytes_does_not_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut payload = MESSAGE.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        sound(&payload);
    }

    #[test]
    fn a_cut_message_is_never_taken_for_whole(end in 1..MESSAGE.len()) {
        let decoded = sound(&MESSAGE.as_bytes()[..end]);
        let reason = decoded.set_aside.last().map(|rejected| rejected.reason);
        let expected = [SetAsideReason::NotJson, SetAsideReason::NotUtf8];
        prop_assert!(reason.is_some_and(|reason| expected.contains(&reason)), "{reason:?}");
    }

    #[test]
    fn no_reading_is_of_now_unless_it_is_the_only_entry(
        entries in prop::collection::vec((prop::sample::select(vec!["time", "ts", "Time", "luc", ""]), 0..99u32), 1..5),
        lines: bool,
    ) {
        let entry = |(key, at): &(&str, u32)| match *key {
            "" => format!("{{\"readings\":{{\"a\":{at}}}}}"),
            key => format!("{{\"{key}\":{at},\"readings\":{{\"a\":{at}}}}}"),
        };
        let all: Vec<String> = entries.iter().map(entry).collect();
        let payload = if lines { all.join("\n") } else { format!("[{}]", all.join(",")) };
        let decoded = sound(payload.as_bytes());
        for reading in &decoded.readings {
            let RawValue::Number(value) = reading.value else { panic!("{payload}") };
            let alone = entries.len() == 1 && entries[0].0.is_empty();
            let at = Time::from_millis(value as i64 * 1_000);
            prop_assert!(alone || reading.observed_at == Some(at), "{}", payload);
        }
        let timed = entries.iter().filter(|(key, _)| !["", "luc"].contains(key)).count();
        let alone = usize::from(entries.len() == 1 && entries[0].0.is_empty());
        prop_assert_eq!(decoded.readings.len(), timed + alone, "{}", payload);
    }

    #[test]
    fn finite_numbers_come_out_as_they_went_in(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
        let payload = format!("{{\"readings\":{{\"a\":{number:e}}}}}");
        let decoded = telemetry(payload.as_bytes(), Time::from_millis(0));
        prop_assert_eq!(decoded.readings[0].value, RawValue::Number(number));
    }
}

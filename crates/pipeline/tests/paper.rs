//! What a pack says for paper: impacts under levels, heads of bulletins, and when the next goes out.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::pack;
use pack::Pack;

/// The faults of the pack with more in one of its files.
fn faults(file: &str, more: &str) -> Vec<String> {
    let mut files = pack();
    files.get_mut(file).unwrap().push_str(more);
    match Pack::parse(&files) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn level(impact: &str) -> String {
    format!(
        "\n[[level]]\nstation = \"tren\"\nparameter = \"water_level\"\nlevel = 9\nname = \"BĐ9\"\n\
         value = 900.0\nsource = \"a test\"\nconfidence = \"H\"\n[[level.impacts]]\n{impact}"
    )
}

#[test]
fn an_impact_needs_both_texts_and_a_source() {
    let whole = "text_vi = \"đường ngập\"\ntext_en = \"the road floods\"\nsource = \"x\"\n";
    assert_eq!(faults("levels.toml", &level(whole)), [""; 0]);
    let empty = whole.replace("\"x\"", "\" \"");
    let found = faults("levels.toml", &level(&empty));
    let expected =
        "levels.toml: level (tren BĐ9).impacts.source =  : write one line of 1 to 200 characters";
    assert_eq!(found, [expected]);
    let without = "text_vi = \"đường ngập\"\ntext_en = \"the road floods\"\n";
    assert!(faults("levels.toml", &level(without))[0].contains("missing field `source`"));
}

#[test]
fn a_head_of_a_bulletin_is_in_both_languages_and_on_one_line() {
    let agency = |more: &str| {
        format!(
            "\n[[agency]]\nrole = \"hydromet\"\nname_vi = \"Đài\"\nname_en = \"Station\"\nsource = \"x\"\n{more}\n"
        )
    };
    let good = "above_vi = \"Cục\"\nabove_en = \"Administration\"\nplace = \"Gia Lai\"";
    assert_eq!(faults("agencies.toml", &agency(good)), [""; 0]);
    assert_eq!(
        faults("agencies.toml", &agency("above_vi = \"Cục\"")),
        [
            "agencies.toml: agency (hydromet).above_en = Đài: give it in both languages, or in neither"
        ]
    );
    assert_eq!(
        faults("agencies.toml", &agency("place = \"Gia\\nLai\"")),
        [
            "agencies.toml: agency (hydromet).place = Gia\nLai: write one line of 1 to 200 characters"
        ]
    );
}

#[test]
fn the_next_bulletin_is_the_first_of_the_times_of_day_that_comes() {
    let with = |times: &str| {
        let mut files = pack();
        let about = files.get_mut("pack.toml").unwrap();
        *about = format!("{about}\nbulletin_times = {times}\n");
        Pack::parse(&files)
    };
    let pack = with(r#"["03:30", "21:30", "09:30"]"#).unwrap();
    for (now, next) in [
        ("2025-11-19T02:15:00+07:00", "2025-11-19T03:30:00+07:00"),
        ("2025-11-19T03:30:00+07:00", "2025-11-19T09:30:00+07:00"),
        ("2025-11-19T23:00:00+07:00", "2025-11-20T03:30:00+07:00"),
    ] {
        let found = pack.next_bulletin(now.parse().unwrap()).unwrap();
        assert_eq!(found, next.parse().unwrap(), "after {now}");
    }
    assert_eq!(
        with("[]").unwrap().next_bulletin("2025-11-19T02:15:00+07:00".parse().unwrap()),
        None
    );
    let wrong = with(r#"["24:00"]"#).unwrap_err()[0].to_string();
    assert!(wrong.contains("'24:00' is not a time of day: write 00:00 to 23:59"), "{wrong}");
}

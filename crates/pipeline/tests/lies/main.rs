//! A gauge lies: no lie ends a warning, none makes a sure one, and the lie is told. And the other way round: a gauge that
//! tells the truth is believed.
//!
//! * [`innocent`] what looks like a fault and is none
//! * [`truth`] what the water did; [`scene`] the shipped pack with other stations; [`night`] what stations say of it
//! * [`ways`] the lies; [`judge`] what is held against them; [`honest`] gauges that do not lie; [`random`] lies that
//!   nobody thought of
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may fail, and tells its table"
)]

#[path = "../common/mod.rs"]
mod common;
mod honest;
mod innocent;
mod judge;
mod night;
mod random;
mod scene;
mod truth;
mod ways;

use std::path::Path;

use judge::Judgement;
use ways::Way;

#[test]
fn a_gauge_lies() {
    let ways = ways::ways();
    assert!(ways.len() >= 40, "{} ways", ways.len());
    let (mut table, mut faults) = (String::new(), Vec::new());
    for way in &ways {
        let came = judge::lied(way);
        table += &line(way, &came);
        faults.extend(wrong(way, &came));
    }
    println!("{HEAD}{table}\n{} ways, {} faults:\n{}", ways.len(), faults.len(), faults.join("\n"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    is_told(&table);
}

/// Whatever is doubted, told or waited for is in the checkpoint.
#[test]
fn a_lie_comes_out_the_same_when_the_program_stops_and_starts() {
    for way in ways::ways().iter().step_by(4) {
        assert!(judge::survives_restarts(way), "{}", way.name);
    }
}

#[test]
fn an_honest_gauge_is_believed() {
    let (mut table, mut faults) = (String::new(), Vec::new());
    for honest in honest::gauges() {
        let seen = honest.live();
        let minutes = |n: Option<i64>| n.map_or("never".to_owned(), |n| format!("{n} min"));
        let ends = if seen.ends { "yes" } else { "no" };
        table += &format!(
            "| {} | {} | {} | {} | {ends} |\n",
            honest.name,
            minutes(seen.sure),
            minutes(seen.cleared),
            seen.technical
        );
        faults.extend(honest.faults(&seen));
    }
    println!("{HONEST}{table}\n{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    is_told(&table);
}

const HEAD: &str = "| way | false clears | false ends | sure false alarms | BĐ3 missed | told after |\n|---|---|---|---|---|---|\n";
const HONEST: &str = "| gauge | sure after | cleared after | technical alarms | ends by itself |\n|---|---|---|---|---|\n";

fn line(way: &Way, came: &Judgement) -> String {
    let told = match (way.within, came.told) {
        (_, Some(minutes)) => format!("{minutes} min"),
        (None, None) => "–".to_owned(),
        (Some(_), None) => "untold".to_owned(),
    };
    let missed = u8::from(came.missed);
    format!(
        "| {} | {} | {} | {} | {missed} | {told} |\n",
        way.name, came.false_clears, came.false_ends, came.false_alarms
    )
}

/// What of it must not be.
fn wrong(way: &Way, came: &Judgement) -> Option<String> {
    let late = way.within.is_some_and(|within| came.told.is_none_or(|told| told > within));
    let found = [
        (came.false_clears > 0, "cleared"),
        (came.false_ends > 0, "ended"),
        (came.false_alarms > 0, "falsely sure"),
        (came.missed, "BĐ3 missed"),
        (late, "told too late or not at all"),
    ];
    let found: Vec<&str> = found.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
    (!found.is_empty()).then(|| format!("{}: {}", way.name, found.join(", ")))
}

/// `tests/README.md` has what came out.
fn is_told(table: &str) {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/README.md");
    let told = std::fs::read_to_string(readme).unwrap();
    for line in table.lines() {
        assert!(told.contains(line), "tests/README.md has not the line that came out:\n{line}");
    }
}

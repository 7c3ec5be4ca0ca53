//! `quantrac export` and `quantrac report` as a person meets them, beside a running ledger and at rest.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use domain::{ArrivalBody, Realm, Span, Time};
use server::clock::{DrillClock, Scale};
use store::{Ledger, LedgerThread, Options};

const DAY: [&str; 4] = ["--from", "2025-11-19T00:00:00+07:00", "--to", "2025-11-20T00:00:00+07:00"];

fn at(clock: &str) -> Time {
    format!("2025-11-19T{clock}:00+07:00").parse().expect("a time")
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quantrac"));
    command.args(args).current_dir(folder).env_remove("QUANTRAC_LOG");
    command
}

fn quantrac(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("the binary runs")
}

fn good(folder: &Path, args: &[&str]) -> String {
    let output = quantrac(folder, args);
    assert!(output.status.success(), "{args:?}: {}", err(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running ledger of the shipped pack: at Thạnh Hòa the water climbs from 4 m to 8.5 m at 07:30 and falls again, with
/// the last hour is missing; for three days before it stood still.
async fn filled(folder: &Path) -> (Ledger, LedgerThread) {
    let path = folder.join("var/quantrac.db");
    std::fs::create_dir(folder.join("var")).expect("created");
    let options = Options {
        path,
        realm: Realm::Exercise,
        batch: 64,
        queue: 1_024,
        fold_readings: store::FOLD_READINGS,
    };
    let clock = Arc::new(DrillClock::new(Scale::new(at("23:59"), 1.0, None)));
    let processor = Box::new(pipeline::Pipeline::new(Realm::Exercise));
    let (ledger, thread) = Ledger::open(options, processor, clock).expect("a ledger");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/binh-dinh");
    let files = server::packs::read(&shipped).expect("the shipped pack");
    let config = ArrivalBody::Config { by: "test".to_owned(), files, reason: None };
    ledger.submit(config).await.expect("stored");
    let begin = at("00:00");
    for n in -432_i64..138 {
        let level = (45 - (n - 45).abs()).max(0) as f64 / 10.0 + 4.0;
        let time = begin + Span::minutes(10).times(n);
        let body = ArrivalBody::Telemetry {
            station: "thanh-hoa".parse().expect("a name"),
            topic: "quantrac/v1/thanh-hoa/telemetry".to_owned(),
            payload: format!(r#"{{"time":"{time}","readings":{{"water_level":{level:.2}}}}}"#)
                .into_bytes(),
            retained: false,
            dup: false,
            again: None,
        };
        ledger.submit(body).await.expect("stored");
    }
    (ledger, thread)
}

fn rows(csv: &str) -> Vec<&str> {
    csv.lines().filter(|line| !line.starts_with('#')).skip(1).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_the_same_beside_a_running_ledger_and_at_rest() {
    let home = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = filled(home.path()).await;
    let stage = ["export", "--station", "thanh-hoa", "--parameter", "water_level"];
    let stage = [stage.as_slice(), &DAY].concat();
    let running = good(home.path(), &stage);
    drop(ledger);
    thread.stop().expect("stopped");
    assert_eq!(running, good(home.path(), &stage));
    let found = rows(&running);
    assert_eq!(found.len(), 138);
    assert!(
        found[45].starts_with("2025-11-19T07:30:00+07:00,thanh-hoa,water_level,main,8.5,m,"),
        "{}",
        found[45]
    );
    assert!(
        running.contains("# station: {\"id\":\"thanh-hoa\",\"name\":\"Thạnh Hòa\""),
        "{running}"
    );
    assert!(running.contains("# realm: exercise\n"));
    // Without --to: until the last arrival of the exercise.
    let all =
        good(home.path(), &["export", "--parameter", "water_level", "--utc", "--every", "1d"]);
    let days = rows(&all);
    assert_eq!(days.len(), 4);
    assert!(days[3].starts_with("2025-11-18T17:00:00Z,thanh-hoa,water_level,main,"), "{}", days[3]);

    let file = home.path().join("lũ.parquet");
    let to_file = [stage.as_slice(), &["--out", "lũ.parquet"]].concat();
    let output = quantrac(home.path(), &to_file);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", err(&output));
    assert!(err(&output).contains("138 rows of 138 readings in 'lũ.parquet'"), "{}", err(&output));
    let bytes = std::fs::read(&file).expect("a file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let again = quantrac(home.path(), &to_file);
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("exists already"), "{}", err(&again));
    assert_eq!(std::fs::read(&file).expect("a file"), bytes);

    let mut child = command(home.path(), &["export", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let mut told = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
    assert!(child.wait().expect("ended").success(), "who has read enough is no fault: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_speak_to_people_and_to_programs() {
    let home = tempfile::tempdir().expect("a folder");
    let (_ledger, _thread) = filled(home.path()).await;
    let floods = [["report", "floods"].as_slice(), &DAY].concat();
    let text = good(home.path(), &floods);
    assert!(text.starts_with("Các đợt lũ: ") && text.contains("DIỄN TẬP"), "{text}");
    assert!(text.contains("Thạnh Hòa") && text.contains("8,50"), "{text}");
    let english = good(home.path(), &[floods.as_slice(), &["--lang", "en"]].concat());
    assert!(english.starts_with("Flood events: ") && english.contains("8.50"), "{english}");
    let json = good(home.path(), &[floods.as_slice(), &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["rows"][0]["start"], "2025-11-19T03:20:00+07:00");
    assert_eq!(json["rows"][0]["reached"], 3);

    let book = [
        "report",
        "book",
        "--period",
        "2025-11",
        "--station",
        "thanh-hoa",
        "--parameter",
        "water_level",
    ];
    let csv = good(home.path(), &[book.as_slice(), &["--format", "csv"]].concat());
    let day = rows(&csv).into_iter().find(|row| row.contains(",day,2025-11-19,")).expect("the day");
    assert!(day.contains(",8.50,2025-11-19T07:30:00+07:00,,138,") && day.ends_with(",95"), "{day}");
    // Nothing is expected of the days after the last arrival of the exercise.
    assert!(!csv.contains(",day,2025-11-20,"), "{csv}");

    let out = [["report", "availability"].as_slice(), &DAY, &["--out", "tình-trạng.csv"]].concat();
    assert_eq!(good(home.path(), &out), "");
    let written = std::fs::read_to_string(home.path().join("tình-trạng.csv")).expect("a file");
    assert!(
        written.contains("thanh-hoa,Thạnh Hòa,water_level,main,m,10min,144,138,95,"),
        "{written}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_for_is_told_and_leaves_no_file() {
    let home = tempfile::tempdir().expect("a folder");
    let (_ledger, _thread) = filled(home.path()).await;
    let refused = |args: &[&str], told: &str| {
        let output = quantrac(home.path(), &[args, &["--out", "x.csv"]].concat());
        assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
        assert!(err(&output).contains(told), "{args:?}: {}", err(&output));
        let left = std::fs::read_dir(home.path()).expect("a folder").count();
        assert_eq!(left, 1, "{args:?} left something beside the ledger");
    };
    refused(&["export", "--station", "nowhere"], "there is no station or basin 'nowhere'");
    refused(&["export", "--parameter", "rain"], "no series fits");
    refused(&["export", "--series", "900"], "there is no series 900");
    refused(&["export", "--every", "0s"], "1s to 366d");
    refused(&["export", "--from", DAY[3], "--to", DAY[1]], "no time");
    refused(&["export", "--format", "xlsx"], "csv");
    refused(&["report", "book"], "2025-11");
    refused(&["report", "tides"], "availability");
    refused(&["report", "rain", "--period", "2025-13"], "2025-13");
    refused(&["export", "--config", "absent"], "absent");
    refused(&["export", "--settings", "absent.toml"], "absent.toml");
}

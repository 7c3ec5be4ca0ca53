//! Forecasts: what is current, what was, what was known when.

use domain::{Forecast, ForecastAct, ForecastPoint};

use super::*;
use crate::{WhichForecasts, replay};

const HOUR: i64 = 3_600_000;

fn issue(source: &str, issued: i64, value: f64) -> ArrivalBody {
    let at = |hours: i64| Time::from_millis((issued + hours) * HOUR);
    let point = |hours| ForecastPoint { at: at(hours), value, low: None, high: None };
    let forecast = Forecast {
        station: "s1".parse().expect("a name"),
        parameter: "level".parse().expect("a name"),
        source: source.to_owned(),
        issued_at: at(0),
        points: vec![point(6), point(12)],
        remark: String::new(),
        refined: source != "mô hình",
    };
    ArrivalBody::Forecast { user: "an".to_owned(), act: ForecastAct::Issue(forecast) }
}

fn withdraw(forecast: u64, reason: &str) -> ArrivalBody {
    let act = ForecastAct::Withdraw { forecast, reason: reason.to_owned() };
    ArrivalBody::Forecast { user: "bình".to_owned(), act }
}

fn values(reader: &Reader, which: &WhichForecasts) -> Vec<f64> {
    let found = reader.forecasts(which, 100).expect("forecasts");
    found.iter().map(|record| record.forecast.points[0].value).collect()
}

#[tokio::test]
async fn the_newest_issue_of_each_source_is_current_and_the_past_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("l.db"), folder.path().join("again.db"));
    let clock = Hand::at(0);
    let (ledger, thread) = open_with(&from, clock.clone(), SMALL);
    let mut seqs = Vec::new();
    for (hour, body) in [
        (7, issue("đài", 6, 1.0)),
        (13, issue("đài", 12, 2.0)),
        (14, issue("mô hình", 13, 3.0)),
        (15, issue("đài", 9, 4.0)),
    ] {
        clock.set(hour * HOUR);
        seqs.push(ledger.submit(body).await.expect("committed").seq);
    }
    let reader = ledger.reader();
    let now = WhichForecasts::default();
    assert_eq!(values(&reader, &now), [3.0, 2.0], "one that was issued before stays behind");
    let all = WhichForecasts { all: true, ..now.clone() };
    assert_eq!(values(&reader, &all), [4.0, 3.0, 2.0, 1.0]);
    let public = WhichForecasts { public: true, ..now.clone() };
    assert_eq!(values(&reader, &public), [2.0], "a bare model is no matter of the public");

    clock.set(16 * HOUR);
    let first = ledger.submit(withdraw(seqs[1], "sai số")).await.expect("committed").seq;
    clock.set(17 * HOUR);
    ledger.submit(withdraw(seqs[1], "again")).await.expect("committed");
    ledger.submit(withdraw(99_999, "there is none")).await.expect("committed");
    assert_eq!(values(&reader, &now), [4.0, 3.0], "the issue before it is current again");
    let found = reader.forecast(seqs[1]).expect("read").expect("there");
    let withdrawn = found.withdrawn.expect("withdrawn");
    assert_eq!((withdrawn.seq, withdrawn.reason.as_str()), (first, "sai số"), "the first counts");
    assert!(!found.current);

    let known = |hour: i64| {
        values(
            &reader,
            &WhichForecasts { known_at: Some(Time::from_millis(hour * HOUR)), ..now.clone() },
        )
    };
    assert_eq!(known(6), Vec::<f64>::new());
    assert_eq!(known(7), [1.0]);
    assert_eq!(known(14), [3.0, 2.0]);
    assert_eq!(known(16), [4.0, 3.0]);
    let past = WhichForecasts { from: Time::from_millis(25 * HOUR), ..all.clone() };
    assert_eq!(values(&reader, &past), [3.0], "the others end before");
    let page = WhichForecasts { before: seqs[2], ..all };
    assert_eq!(values(&reader, &page), [2.0, 1.0]);

    assert!(reader.series().expect("series").is_empty(), "a forecast is no reading");
    thread.stop().expect("stopped in order");
    let report = replay(&from, &to, Box::new(Gauge::default())).expect("replayed");
    assert!(report.is_same(), "{report:?}");
    assert!(report.compared.contains(&("forecasts".to_owned(), 5)), "{report:?}");
    assert_eq!(values(&Reader::open(&to).expect("a reader"), &now), [4.0, 3.0]);
}

#[tokio::test]
async fn a_ledger_of_an_older_program_learns_of_forecasts() {
    for version in [2, 1] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        let (_, thread) = open(&path);
        thread.stop().expect("stopped in order");
        age(&path, version);
        let again = folder.path().join("again.db");
        let report = replay(&path, &again, Box::new(Gauge::default())).expect("replayed as it is");
        assert!(report.is_same(), "{report:?}");
        let (ledger, _thread) = open(&path);
        ledger.submit(issue("đài", 6, 1.0)).await.expect("committed");
        assert_eq!(values(&ledger.reader(), &WhichForecasts::default()), [1.0]);
    }
}

//! What people said of readings is found again, also in a ledger that is older than reviews.

use domain::{
    ArrivalBody, CheckSet, Decision, QcFlag, Review, ReviewedPoint, SensorId, SeriesKey, Time,
};

use super::*;
use crate::{ReviewFilter, replay};

fn review(station: &str, decision: Decision, minutes: (i64, i64), reason: &str) -> ArrivalBody {
    let point = |minute: i64| ReviewedPoint {
        observed_at: Time::from_millis(minute * 60_000),
        seen: Some(5.0),
        flag: QcFlag::Suspect,
        failed: CheckSet::NONE,
        value: Some(5.25),
    };
    let series = SeriesKey {
        station: station.parse().expect("a name"),
        parameter: "water_level".parse().expect("a name"),
        sensor: SensorId::main(),
    };
    let points = (minutes.0..=minutes.1).map(point).collect();
    let review = Review { series, decision, reason: reason.to_owned(), points };
    ArrivalBody::Review { user: "Kỹ sư Bình (binh)".to_owned(), review }
}

async fn fill(ledger: &Ledger) {
    for body in [
        review("s1", Decision::Reject, (10, 12), " que đo bị rác "),
        review("s2", Decision::Accept, (10, 10), "đúng"),
        review("s1", Decision::Correct, (20, 20), "đọc thước"),
        review("s1", Decision::Accept, (30, 30), ""),
    ] {
        ledger.submit(body).await.expect("committed");
    }
}

#[tokio::test]
async fn reviews_are_listed_by_station_and_time_the_newest_first_without_those_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder.path().join("l.db"));
    fill(&ledger).await;
    let reader = ledger.reader().clone();
    let list = |filter: &ReviewFilter, before: u64| {
        let found = reader.reviews(filter, before, 10).expect("reviews");
        found.into_iter().map(|r| (r.seq, r.decision, r.points, r.reason)).collect::<Vec<_>>()
    };
    let all = list(&ReviewFilter::default(), u64::MAX);
    let decisions: Vec<_> = all.iter().map(|review| review.1).collect();
    assert_eq!(decisions, [Decision::Correct, Decision::Accept, Decision::Reject]);
    assert_eq!(all[2], (all[2].0, Decision::Reject, 3, "que đo bị rác".to_owned()));
    assert_eq!(list(&ReviewFilter::default(), all[0].0).len(), 2, "those before it");
    let minute = |minute: i64| Some(Time::from_millis(minute * 60_000));
    let of = |from, to| ReviewFilter {
        station: "s1".parse().ok(),
        from: minute(from),
        to: minute(to),
        ..ReviewFilter::default()
    };
    assert_eq!(list(&of(12, 15), u64::MAX).len(), 1, "the end of its range counts");
    assert_eq!(list(&of(13, 19), u64::MAX).len(), 0);
    let received = reader.received([all[0].0, 999]).expect("times");
    assert_eq!(received.keys().copied().collect::<Vec<_>>(), [all[0].0]);
    thread.stop().expect("stopped");
}

#[tokio::test]
async fn a_replay_has_the_same_reviews() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("l.db"), folder.path().join("again.db"));
    let (ledger, thread) = open(&from);
    fill(&ledger).await;
    thread.stop().expect("stopped");
    let report = replay(&from, &to, Box::new(Gauge::default())).expect("replayed");
    assert!(report.is_same(), "{report:?}");
    assert!(report.compared.contains(&("reviews".to_owned(), 3)));
}

#[tokio::test]
async fn older_ledgers_are_brought_up_to_date() {
    for version in [1, 2] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        open(&path).1.stop().expect("stopped");
        age(&path, version);
        let (ledger, thread) = open(&path);
        fill(&ledger).await;
        let found = ledger.reader().reviews(&ReviewFilter::default(), u64::MAX, 10);
        assert_eq!(found.expect("reviews").len(), 3, "from version {version}");
        thread.stop().expect("stopped");
    }
}

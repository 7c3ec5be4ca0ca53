//! Versions, copies, pages of a history.

use super::*;

async fn ledger_of(messages: &[&[(&str, i64, f64)]]) -> (tempfile::TempDir, Ledger, Arc<Hand>) {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Hand::at(0);
    let (ledger, _thread) = open_with(&folder.path().join("l.db"), clock.clone(), SMALL);
    for (n, readings) in messages.iter().enumerate() {
        clock.set(n as i64 * 1_000 + 1_000);
        ledger.submit(message(readings)).await.expect("committed");
    }
    (folder, ledger, clock)
}

fn values(readings: &[CheckedReading]) -> Vec<(i64, f64)> {
    let pair = |r: &CheckedReading| (r.observed_at.millis(), r.value.expect("a value"));
    readings.iter().map(pair).collect()
}

#[tokio::test]
async fn the_newest_version_of_an_instant_wins_and_the_old_ones_stay() {
    let (_folder, ledger, _) = ledger_of(&[
        &[("level", 600, 1.0), ("level", 1_200, 2.0)],
        &[("level", 600, 1.5)],
        &[("level", 300, 0.5)],
    ])
    .await;
    let reader = ledger.reader();
    assert_eq!(values(&all_readings(&reader, 0)), [(300, 0.5), (600, 1.5), (1_200, 2.0)]);
    let versions = reader.versions(SeriesId(0), FROM, TO, None).expect("versions");
    let seqs: Vec<u64> = versions.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, [2, 2, 3, 4], "the first arrival is the start of the process");
    let readings: Vec<_> = versions.into_iter().map(|(_, reading)| reading).collect();
    assert_eq!(values(&readings), [(600, 1.0), (1_200, 2.0), (600, 1.5), (300, 0.5)]);
}

#[tokio::test]
async fn the_past_can_be_asked_as_it_was_known_then() {
    let (_folder, ledger, _) =
        ledger_of(&[&[("level", 600, 1.0)], &[("level", 600, 1.5)], &[("level", 600, 1.7)]]).await;
    let check = |known_at: i64, expected: &[(i64, f64)]| {
        let at = Some(Time::from_millis(known_at));
        let versions = ledger.reader().versions(SeriesId(0), FROM, TO, at).expect("versions");
        let readings: Vec<_> = versions.into_iter().map(|(_, reading)| reading).collect();
        assert_eq!(values(&readings), expected, "known at {known_at}");
    };
    check(-1, &[]);
    check(999, &[]);
    check(1_000, &[(600, 1.0)]);
    check(2_999, &[(600, 1.0), (600, 1.5)]);
    check(i64::MAX, &[(600, 1.0), (600, 1.5), (600, 1.7)]);
}

#[tokio::test]
async fn equal_copies_are_one_reading() {
    let (_folder, ledger, _) =
        ledger_of(&[&[("level", 600, 1.0)], &[("level", 600, 1.0)], &[("level", 700, 1.0)]]).await;
    assert_eq!(values(&all_readings(&ledger.reader(), 0)), [(600, 1.0), (700, 1.0)]);
}

#[tokio::test]
async fn pages_of_a_long_history_join_to_the_whole() {
    let rows: Vec<Vec<(&str, i64, f64)>> =
        (0..60).map(|n| vec![("level", (n * 37 % 60) * 10, n as f64), ("rain", n, 0.2)]).collect();
    let rows: Vec<&[(&str, i64, f64)]> = rows.iter().map(Vec::as_slice).collect();
    let (_folder, ledger, _) = ledger_of(&rows).await;
    let whole = all_readings(&ledger.reader(), 0);
    assert_eq!(whole.len(), 60);
    for limit in [1, 7, 59, 60, 61] {
        let (mut pages, mut from) = (Vec::new(), FROM);
        loop {
            let page = ledger.reader().readings(SeriesId(0), from, TO, limit).expect("a page");
            let Some(last) = page.last() else { break };
            from = last.observed_at + domain::Span::from_millis(1);
            pages.extend(page);
        }
        assert_eq!(pages, whole, "pages of {limit}");
    }
    assert_eq!(ledger.reader().readings(SeriesId(0), FROM, TO, 0).expect("none"), []);
    assert_eq!(ledger.reader().readings(SeriesId(77), FROM, TO, 9).expect("none"), []);
}

#[tokio::test]
async fn pieces_join_to_the_whole_across_years_of_silence_with_the_newest_version_of_each() {
    let day = 86_400_000;
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open_with(&folder.path().join("l.db"), Hand::at(0), LARGE);
    let dense: Vec<(&str, i64, f64)> =
        (0..20_000).map(|n| ("level", 9_000 * day + n * 1_000, n as f64)).collect();
    ledger.submit(message(&dense)).await.expect("committed");
    ledger.submit(message(&[("level", -50 * day, 1.0), ("level", 0, 2.0)])).await.expect("stored");
    ledger.submit(message(&[("level", 0, 3.0), ("level", 40 * day, 4.0)])).await.expect("stored");
    let check = |from: Time, to: Time, expected: usize| {
        let pieces = ledger.reader().pieces(SeriesId(0), from, to);
        let pieces: Vec<Vec<_>> = pieces.map(|piece| piece.expect("read")).collect();
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= 8_192));
        let joined: Vec<(u64, CheckedReading)> = pieces.concat();
        let whole = ledger.reader().numbered_readings(SeriesId(0), from, to, usize::MAX >> 1);
        assert_eq!(joined, whole.expect("read"));
        assert_eq!(joined.len(), expected);
    };
    check(FROM, TO, 20_003);
    check(Time::from_millis(0), Time::from_millis(40 * day), 2);
    check(Time::from_millis(1), Time::from_millis(40 * day - 1), 0);
    let corrected = ledger.reader().numbered_readings(SeriesId(0), FROM, TO, 2).expect("read");
    assert_eq!(
        corrected.iter().map(|(seq, r)| (*seq, r.value)).collect::<Vec<_>>(),
        [(3, Some(1.0)), (4, Some(3.0))]
    );
    thread.stop().expect("stopped");
}

#[tokio::test]
async fn series_are_found_by_station_parameter_and_sensor() {
    let (_folder, ledger, _) = ledger_of(&[&[("level", 600, 1.0), ("rain", 600, 0.2)]]).await;
    let reader = ledger.reader();
    let name = |text: &str| text.parse().expect("a name");
    let names = |found: Vec<crate::SeriesInfo>| -> Vec<String> {
        found.into_iter().map(|info| info.key.parameter.to_string()).collect()
    };
    let station = "s1".parse().expect("a name");
    assert_eq!(names(reader.series().expect("series")), ["level", "sum", "rain"]);
    assert_eq!(
        names(reader.find_series(&station, Some(&name("rain")), None).expect("found")),
        ["rain"]
    );
    let nothing = reader.find_series(&"s2".parse().expect("a name"), None, None).expect("found");
    assert_eq!(names(nothing), [""; 0]);
    let radar = "radar".parse().expect("a name");
    assert_eq!(names(reader.find_series(&station, None, Some(&radar)).expect("found")), [""; 0]);
}

#[tokio::test]
async fn what_was_put_aside_is_kept_raw_counted_and_settled() {
    let (_folder, ledger, _) = ledger_of(&[]).await;
    let body = |payload: &[u8], again: Option<_>| ArrivalBody::Telemetry {
        station: "s1".parse().expect("a name"),
        topic: "quantrac/v1/s1/telemetry".to_owned(),
        payload: payload.to_vec(),
        retained: true,
        dup: again.is_some(),
        again,
    };
    let first = ledger.submit(body(b"{\xff", None)).await.expect("committed").seq;
    ledger.submit(body(b"?", None)).await.expect("committed");
    let reader = ledger.reader();
    let open = reader.set_aside(0, 10, false).expect("records");
    assert_eq!(open.iter().map(|r| r.raw.as_slice()).collect::<Vec<_>>(), [&b"{\xff"[..], b"?"]);
    let again = body(b"[]", Some((first, Time::from_millis(0))));
    let seq = ledger.submit(again.clone()).await.expect("committed").seq;
    assert_eq!(reader.arrival(seq).expect("read").expect("an arrival").body, again);
    assert_eq!(reader.set_aside(0, 10, false).expect("records").len(), 1);
    assert_eq!(reader.set_aside(0, 10, true).expect("records").len(), 2);
    assert_eq!(reader.set_aside(open[0].id, 10, true).expect("records")[0].raw, b"?");
    let counts = reader.set_aside_counts().expect("counts");
    assert_eq!(counts, [(domain::SetAsideReason::NotJson, 2)]);
}

#[tokio::test]
async fn a_reader_beside_commits_and_folds_sees_no_hole_and_nothing_twice() {
    let (_folder, ledger, _) = ledger_of(&[&[("level", 0, 0.0)]]).await;
    let reader = ledger.reader();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stop = done.clone();
    let beside = std::thread::spawn(move || {
        let mut looks = 0;
        while !stop.load(Ordering::SeqCst) {
            let versions = reader.versions(SeriesId(0), FROM, TO, None).expect("versions");
            let seqs: Vec<u64> = versions.iter().map(|(seq, _)| *seq).collect();
            let whole: Vec<u64> = (2..seqs.len() as u64 + 2).collect();
            assert_eq!(seqs, whole, "look {looks}");
            looks += 1;
        }
        looks
    });
    for n in 1..1_500 {
        ledger.submit(message(&[("level", n, n as f64)])).await.expect("committed");
    }
    done.store(true, Ordering::SeqCst);
    assert!(beside.join().expect("no look failed") > 0);
}

#[tokio::test]
async fn what_was_known_is_paged_like_all_else_and_says_when_too_much_came_since() {
    let rows: Vec<Vec<(&str, i64, f64)>> =
        (0..60).map(|n| vec![("level", (n * 37 % 30) * 10, n as f64), ("rain", n, 0.2)]).collect();
    let rows: Vec<&[(&str, i64, f64)]> = rows.iter().map(Vec::as_slice).collect();
    let (_folder, ledger, _) = ledger_of(&rows).await;
    let reader = ledger.reader();
    let known = |at: i64, from: Time, limit: usize, most: usize| {
        let at = Time::from_millis(at);
        reader.readings_known_at(SeriesId(0), (from, TO), at, limit, most).expect("readings")
    };
    let versions = reader.versions(SeriesId(0), FROM, TO, Some(Time::from_millis(40_000)));
    let newest: std::collections::BTreeMap<_, _> =
        versions.expect("versions").into_iter().map(|(_, r)| (r.observed_at, r)).collect();
    let whole: Vec<_> = newest.into_values().collect();
    assert_eq!(whole.len(), 30);
    assert_eq!(known(40_000, FROM, 100, 1_000).as_ref(), Some(&whole));
    for limit in [1, 7, 30] {
        let (mut pages, mut from) = (Vec::new(), FROM);
        while let Some(page) = known(40_000, from, limit, 1_000).filter(|page| !page.is_empty()) {
            from = page[page.len() - 1].observed_at + domain::Span::from_millis(1);
            pages.extend(page);
        }
        assert_eq!(pages, whole, "pages of {limit}");
    }
    assert_eq!(known(1_000, FROM, 100, 20), None, "nearly all came later, and that is said");
    assert_eq!(known(1_000, FROM, 100, 1_000).map(|found| found.len()), Some(1));
}

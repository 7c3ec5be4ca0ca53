//! Wall clocks that are set while things wait: nothing waits longer than it should, nothing comes early, a replay is the same.

use std::sync::Mutex;

use domain::{ArrivalBody, ClockFaultKind, Span};

use super::*;

const HOUR: i64 = 3_600;
const YEARS: i64 = 3_650 * 86_400;
/// When the ledgers of these tests begin, seconds.
const BEGIN: i64 = 1_000_000_000;

/// A wall clock beside a count of elapsed time, each in seconds.
struct Wrist(Mutex<(i64, i64)>);

impl Wrist {
    fn at(wall: i64) -> Arc<Self> {
        Arc::new(Self(Mutex::new((wall, 0))))
    }
    /// Time passes.
    fn pass(&self, seconds: i64) {
        let mut both = self.0.lock().expect("whole");
        *both = (both.0 + seconds, both.1 + seconds);
    }
    /// Somebody sets the clock.
    fn set(&self, by: i64) {
        self.0.lock().expect("whole").0 += by;
    }
}

impl Clock for Wrist {
    fn now(&self) -> Time {
        Time::from_millis(self.0.lock().expect("whole").0 * 1_000)
    }
    fn until(&self, _: Time) -> Duration {
        Duration::from_millis(1)
    }
    fn elapsed(&self) -> Option<Span> {
        Some(Span::seconds(self.0.lock().expect("whole").1))
    }
}

fn open_by(path: &Path, clock: &Arc<Wrist>, gauge: Gauge) -> (Ledger, LedgerThread) {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Ledger::open_tuned(options(path), Box::new(gauge), clock, SMALL).expect("a ledger")
}

fn waits(seconds: i64) -> Gauge {
    Gauge::waits_until(seconds * 1_000)
}

/// A message, which wakes the thread as well.
async fn wake(ledger: &Ledger, n: i64) {
    ledger.submit(message(&[("level", n, 1.0)])).await.expect("committed");
    ledger.put_mark("seen".to_owned(), 1).await.expect("written, so the tick before it is");
}

fn ticks(ledger: &Ledger) -> usize {
    let all = ledger.reader().arrivals(1, 100_000).expect("arrivals");
    all.iter().filter(|arrival| arrival.body == ArrivalBody::Tick).count()
}

fn replays(path: &Path, gauge: Gauge) {
    let copy = path.with_extension("copy");
    let report = crate::replay(path, &copy, Box::new(gauge)).expect("replayed");
    assert!(report.is_same(), "{report:?}");
}

#[tokio::test]
async fn a_deadline_comes_when_its_time_has_passed_whatever_the_clock_was_set_to() {
    for jump in [9 * 60, -9 * 60, 7 * HOUR, -7 * HOUR, YEARS, -YEARS] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        let clock = Wrist::at(BEGIN);
        let (ledger, thread) = open_by(&path, &clock, waits(BEGIN + 1_800));
        clock.pass(60);
        wake(&ledger, 1).await;
        clock.set(jump);
        for minute in 0..27 {
            wake(&ledger, 10 + minute).await;
            assert_eq!(ticks(&ledger), 0, "{jump}: not before {minute} min");
            clock.pass(60);
        }
        clock.pass(200);
        wake(&ledger, 100).await;
        wake(&ledger, 101).await;
        assert_eq!(ticks(&ledger), 1, "{jump}: in time");
        let fault = ledger.clock().fault.expect("it is named");
        let kind = if jump > 0 { ClockFaultKind::Ahead } else { ClockFaultKind::Behind };
        assert_eq!((fault.kind, fault.by), (kind, Span::seconds(jump.abs())), "{jump}");
        thread.stop().expect("stopped in order");
        replays(&path, waits(BEGIN + 1_800));
    }
}

#[tokio::test]
async fn a_deadline_comes_after_a_start_under_any_clock() {
    for jump in [9 * 60, -9 * 60, 7 * HOUR, -7 * HOUR, YEARS, -YEARS] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        let (ledger, thread) = open_by(&path, &Wrist::at(BEGIN), waits(BEGIN + 1_800));
        wake(&ledger, 1).await;
        thread.stop().expect("stopped in order");
        drop(ledger);

        let clock = Wrist::at(BEGIN + jump);
        let (ledger, thread) = open_by(&path, &clock, Gauge::default());
        clock.pass(60);
        wake(&ledger, 2).await;
        assert_eq!(ticks(&ledger), 0, "{jump}");
        let named = ledger.clock().fault.map(|fault| fault.kind);
        // Nine minutes ahead is a stop of nine minutes.
        let expected = match jump {
            540 => None,
            jump if jump > 0 => Some(ClockFaultKind::Ahead),
            _ => Some(ClockFaultKind::Behind),
        };
        assert_eq!(named, expected, "{jump}");
        clock.pass(1_760);
        wake(&ledger, 3).await;
        wake(&ledger, 4).await;
        assert_eq!(ticks(&ledger), 1, "{jump}");
        thread.stop().expect("stopped in order");
        replays(&path, waits(BEGIN + 1_800));
    }
}

#[tokio::test]
async fn a_notice_is_due_at_once_though_the_clock_was_hours_ahead_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = open_by(&path, &Wrist::at(BEGIN + 7 * HOUR), Gauge::default());
    wake(&ledger, 1).await;
    thread.stop().expect("stopped in order");
    drop(ledger);
    let clock = Wrist::at(BEGIN + 60);
    let (ledger, thread) = open_by(&path, &clock, Gauge::default());
    ledger.submit(message(&[("level", 2, 200.0)])).await.expect("committed");
    let due = ledger.reader().due_notices(ledger.now(), 10).expect("read");
    assert_eq!(due.len(), 1, "due by the ledger's own time");
    assert!(ledger.reader().overdue_receipts(ledger.now(), 10).expect("read").is_empty());
    clock.pass(601);
    assert_eq!(ledger.reader().overdue_receipts(ledger.now(), 10).expect("read").len(), 1);

    let confirmed = ledger.confirm_clock("an".to_owned(), "đồng hồ GPS".to_owned()).await;
    assert_eq!(confirmed, Ok(true));
    assert_eq!(ledger.clock().fault, None);
    assert_eq!(ledger.confirm_clock("an".to_owned(), "lại".to_owned()).await, Ok(false));
    let told = ledger.reader().arrivals(1, 100).expect("arrivals");
    let by: Vec<_> = told
        .iter()
        .filter_map(|arrival| match &arrival.body {
            ArrivalBody::Clock { by, .. } => Some(by.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(by, [None, Some(("an".to_owned(), "đồng hồ GPS".to_owned()))]);
    thread.stop().expect("stopped in order");
    replays(&path, Gauge::default());
}

#[tokio::test]
async fn a_right_clock_leaves_no_line_in_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let clock = Wrist::at(BEGIN);
    let (ledger, thread) = open_by(&path, &clock, Gauge::default());
    for n in 0..100 {
        clock.pass(60);
        // Small corrections, as the network makes them.
        clock.set(n % 3 - 1);
        wake(&ledger, n).await;
    }
    assert_eq!(ledger.reader().arrivals(1, 1_000).expect("arrivals").len(), 100);
    assert_eq!(ledger.clock().fault, None);
    thread.stop().expect("stopped in order");
}

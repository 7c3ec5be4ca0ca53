//! The tables, and what makes a file a ledger.

use std::path::Path;
use std::time::Duration;

use domain::Realm;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::{StoreError, backfill};

/// "QTRC" in the file's header.
const APPLICATION_ID: i64 = 0x5154_5243;

/// Schema version; a change of a table's meaning gets the next number.
pub(crate) const VERSION: i64 = 3;
/// The oldest that is brought up to date when it is opened for writing.
const OLDEST: i64 = 1;

/// Long enough for a checkpoint of the log by somebody else.
const BUSY: Duration = Duration::from_secs(5);

/// Everything that an arrival leads to carries its `seq`. Bodies are JSON of the domain's types.
/// `outcome` stands before `payload` so that readings are found without reading the payload's pages.
const TABLES: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) WITHOUT ROWID;
CREATE TABLE journal(seq INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, kind INTEGER NOT NULL,
  station TEXT, again_seq INTEGER, again_at INTEGER, topic TEXT, outcome BLOB, payload BLOB NOT NULL);
CREATE TABLE checkpoint(seq INTEGER PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE series(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, station TEXT NOT NULL,
  parameter TEXT NOT NULL, sensor TEXT NOT NULL, folded INTEGER NOT NULL DEFAULT 0, last BLOB);
CREATE TABLE chunk(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, t0 INTEGER NOT NULL,
  t1 INTEGER NOT NULL, count INTEGER NOT NULL, readings BLOB NOT NULL);
CREATE INDEX chunk_time ON chunk(series, t1, t0);
CREATE TABLE config(seq INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, by TEXT NOT NULL);
CREATE TABLE set_aside(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL);
CREATE INDEX set_aside_seq ON set_aside(seq);
CREATE INDEX set_aside_open ON set_aside(id) WHERE settled = 0;
CREATE TABLE set_aside_count(reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE transition(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX transition_seq ON transition(seq);
CREATE TABLE alarm(rule TEXT NOT NULL, target TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(rule, target)) WITHOUT ROWID;
CREATE TABLE health(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, station TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX health_station ON health(station);
CREATE TABLE warning(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, open INTEGER NOT NULL,
  version INTEGER NOT NULL);
CREATE INDEX warning_open ON warning(n) WHERE open = 1;
CREATE TABLE warning_version(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, warning TEXT NOT NULL,
  body TEXT NOT NULL);
CREATE TABLE message(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, warning TEXT NOT NULL,
  number INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX message_warning ON message(warning, number);
CREATE TABLE notice(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seq INTEGER, warning TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_try_at INTEGER, run INTEGER NOT NULL,
  receipt_by INTEGER, escalated INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE INDEX notice_due ON notice(state, next_try_at);
CREATE INDEX notice_warning ON notice(warning);
CREATE INDEX notice_receipt ON notice(receipt_by) WHERE escalated = 0 AND state <> 'confirmed';
CREATE TABLE notice_event(id INTEGER PRIMARY KEY, notice TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX notice_event_notice ON notice_event(notice);
CREATE TABLE cap(n INTEGER PRIMARY KEY, identifier TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE user(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE credential(station TEXT PRIMARY KEY, secret_hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session(token_hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  detail TEXT NOT NULL, hash BLOB NOT NULL);
";

/// What version 2 added: what one arrival led to is found by its number, and points that the history refused.
const ADDED_IN_2: &str = "
CREATE INDEX health_seq ON health(seq);
CREATE INDEX message_seq ON message(seq);
CREATE TABLE history_refused(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  line TEXT NOT NULL UNIQUE, reason TEXT NOT NULL);
";

/// What version 3 added: what people said of readings, so that it is found without reading the journal; the shift log and
/// the duty desk after each change of it; forecasts, each issue as it was given, and withdrawals beside them;
/// the past as it was known: alarm states whenever they changed; which rows of station health tell of another condition, not of
/// a connection only; for each chunk its first arrival, and the latest event time in it and in those of its series before it.
const ADDED_IN_3: &str = "
CREATE TABLE review(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, station TEXT NOT NULL,
  parameter TEXT NOT NULL, sensor TEXT NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL,
  decision TEXT NOT NULL, reason TEXT NOT NULL, points INTEGER NOT NULL);
CREATE INDEX review_station ON review(station, parameter, seq);
CREATE TABLE duty(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, kind TEXT NOT NULL,
  warning TEXT, body TEXT NOT NULL);
CREATE INDEX duty_at ON duty(at);
CREATE INDEX duty_warning ON duty(warning) WHERE warning IS NOT NULL;
CREATE TABLE duty_desk(seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE forecast(seq INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, by TEXT NOT NULL,
  station TEXT NOT NULL, parameter TEXT NOT NULL, source TEXT NOT NULL, issued_at INTEGER NOT NULL,
  until INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX forecast_place ON forecast(station, parameter, source, issued_at);
CREATE TABLE forecast_withdrawal(forecast INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  by TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE alarm_version(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, rule TEXT NOT NULL,
  target TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX alarm_version_of ON alarm_version(rule, target);
CREATE INDEX alarm_version_seq ON alarm_version(seq);
CREATE INDEX warning_version_of ON warning_version(warning);
CREATE INDEX warning_version_seq ON warning_version(seq);
CREATE INDEX journal_turns ON journal(seq) WHERE kind IN (6, 10, 11);
ALTER TABLE health ADD COLUMN turned INTEGER;
CREATE INDEX health_turned ON health(seq) WHERE turned = 1;
ALTER TABLE chunk ADD COLUMN first_seq INTEGER;
ALTER TABLE chunk ADD COLUMN reach INTEGER;
CREATE INDEX chunk_arrival ON chunk(series, first_seq, reach, t1);
";

/// Indexes that an older program keeps as well as we do, so no version says that they are there: what is to be sent, by
/// channel and whether it was tried before.
const INDEXES: &str = "CREATE INDEX IF NOT EXISTS notice_lane
  ON notice(json_extract(body, '$.channel.kind'), attempts > 0, n) WHERE state IN ('waiting', 'sending')";

/// What each version added, by its number.
const ADDED: [(i64, &str); 2] = [(2, ADDED_IN_2), (3, ADDED_IN_3)];

/// Opens the file for writing, makes the tables in an empty one, and refuses any other.
pub(crate) fn open_to_write(path: &Path, realm: Realm) -> Result<Connection, StoreError> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    if is_empty(&conn, path)? {
        conn.execute_batch("PRAGMA page_size = 4096")?;
    } else {
        migrate(&conn, check(&conn, path)?)?;
    }
    // FULL: only this survives power cuts in WAL mode.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 2000;
         PRAGMA journal_size_limit = 67108864",
    )?;
    if is_empty(&conn, path)? {
        create(&conn, realm)?;
    }
    conn.execute_batch(INDEXES)?;
    let found: String = meta(&conn, "realm")?.unwrap_or_default();
    if found != name(realm) {
        return Err(StoreError::OtherRealm { path: path.to_owned(), found, asked: realm });
    }
    Ok(conn)
}

/// Opens the file for reading.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&conn, path)?;
    Ok(conn)
}

/// A remembered fact about the ledger.
pub(crate) fn meta<T: rusqlite::types::FromSql>(
    conn: &Connection,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Remembers a fact about the ledger.
pub(crate) fn set_meta(
    conn: &Connection,
    key: &str,
    value: impl rusqlite::ToSql,
) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)")?
        .execute((key, value))?;
    Ok(())
}

/// The realm of an open ledger.
pub(crate) fn realm(conn: &Connection) -> Result<Realm, StoreError> {
    let found: String = meta(conn, "realm")?.unwrap_or_default();
    [Realm::Actual, Realm::Exercise, Realm::Test]
        .into_iter()
        .find(|realm| name(*realm) == found)
        .ok_or_else(|| StoreError::damaged("realm", format!("'{found}' is none")))
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Open { path: path.to_owned(), reason: error.to_string() })?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn is_empty(conn: &Connection, path: &Path) -> Result<bool, StoreError> {
    let tables =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    Ok(tables.map_err(|error| foreign(error, path))? == 0)
}

fn create(conn: &Connection, realm: Realm) -> Result<(), StoreError> {
    let tables = format!(
        "BEGIN IMMEDIATE; {TABLES} {ADDED_IN_2} {ADDED_IN_3} INSERT INTO meta VALUES ('realm', '{}');
         PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT",
        name(realm)
    );
    Ok(conn.execute_batch(&tables)?)
}

/// Brings an older ledger up to date, wholly or not at all. Another process may be doing the same.
fn migrate(conn: &Connection, found: i64) -> Result<(), StoreError> {
    if found == VERSION {
        return Ok(());
    }
    conn.execute_batch("BEGIN IMMEDIATE")?;
    match version(conn).and_then(|found| add(conn, found)) {
        Ok(()) => Ok(conn.execute_batch("COMMIT")?),
        Err(error) => {
            conn.execute_batch("ROLLBACK")?;
            Err(error)
        }
    }
}

/// The version that a ledger has now.
pub(crate) fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Adds what came after version `found`.
fn add(conn: &Connection, found: i64) -> Result<(), StoreError> {
    for (version, added) in ADDED.iter().filter(|(version, _)| *version > found) {
        conn.execute_batch(&format!("{added} PRAGMA user_version = {version}"))?;
    }
    if found < 3 {
        backfill::past(conn)?;
    }
    Ok(())
}

/// Gives its version, if this program can use it.
fn check(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name: &str| {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
            .map_err(|error| foreign(error, path))
    };
    if pragma("application_id")? != APPLICATION_ID {
        return Err(StoreError::NotALedger(path.to_owned()));
    }
    match pragma("user_version")? {
        found @ OLDEST..=VERSION => Ok(found),
        found => Err(StoreError::Newer { path: path.to_owned(), found, known: VERSION }),
    }
}

fn foreign(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotALedger(path.to_owned()),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreError::Open { path: path.to_owned(), reason: error.to_string() }
        }
        _ => StoreError::Sql(error),
    }
}

const fn name(realm: Realm) -> &'static str {
    match realm {
        Realm::Actual => "actual",
        Realm::Exercise => "exercise",
        Realm::Test => "test",
    }
}

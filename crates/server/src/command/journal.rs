//! `quantrac journal`: what arrived, and when.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use domain::{Arrival, ArrivalBody, Forecast, ForecastAct, StationId, Time};
use serde_json::{Value, json};
use store::Reader;

use super::people;
use crate::cli;
use crate::console::say;

/// Arrivals read at once.
const PAGE: usize = 1_000;
/// Characters of a payload that `look` shows.
const SHOWN: usize = 160;

/// Carries out `quantrac journal …`.
///
/// # Errors
/// There is no ledger, or the file to write exists.
pub fn run(command: cli::Journal) -> Result<()> {
    match command {
        cli::Journal::Look { after, limit, station, data } => {
            look(&people::reader(&data.data)?, after, limit, station.as_ref())
        }
        cli::Journal::Export { out, data } => export(&people::reader(&data.data)?, &out),
    }
}

fn look(reader: &Reader, after: u64, limit: usize, station: Option<&StationId>) -> Result<()> {
    let mut left = limit;
    each(reader, after, |arrival| {
        if left == 0 {
            return Ok(false);
        }
        if station.is_none_or(|station| from(arrival) == Some(station)) {
            left -= 1;
            say(format!("{} {} {}", arrival.seq, arrival.received_at, told(&arrival.body)));
        }
        Ok(left > 0)
    })
}

fn export(reader: &Reader, out: &Path) -> Result<()> {
    let shown = out.display();
    let file = std::fs::File::create_new(out)
        .with_context(|| format!("cannot create '{shown}': name a file that does not exist"))?;
    let mut file = BufWriter::new(file);
    let mut lines = 0u64;
    each(reader, 0, |arrival| {
        lines += 1;
        writeln!(file, "{}", line(arrival)).with_context(|| format!("cannot write '{shown}'"))?;
        Ok(true)
    })?;
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all().with_context(|| format!("cannot write '{shown}'"))?;
    say(format!("{lines} arrivals in '{shown}'"));
    Ok(())
}

/// Gives every arrival behind `after` until it is told to stop.
fn each(
    reader: &Reader,
    mut after: u64,
    mut take: impl FnMut(&Arrival) -> Result<bool>,
) -> Result<()> {
    loop {
        let page = reader.arrivals(after, PAGE)?;
        for arrival in &page {
            if !take(arrival)? {
                return Ok(());
            }
            after = arrival.seq;
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

/// The newest arrival. The journal has no holes, so its end is found by halving.
///
/// # Errors
/// The ledger cannot be read.
pub fn last(reader: &Reader) -> Result<Option<(u64, Time)>> {
    let at = |seq: u64| reader.arrival(seq).map(|found| found.map(|found| found.received_at));
    let mut beyond = 1;
    while at(beyond)?.is_some() {
        beyond *= 2;
    }
    let mut known = beyond / 2;
    while beyond - known > 1 {
        let middle = known + (beyond - known) / 2;
        if at(middle)?.is_some() { known = middle } else { beyond = middle }
    }
    Ok(at(known)?.map(|time| (known, time)))
}

const fn from(arrival: &Arrival) -> Option<&StationId> {
    match &arrival.body {
        ArrivalBody::Telemetry { station, .. } | ArrivalBody::Presence { station, .. } => {
            Some(station)
        }
        ArrivalBody::Unusable { station, .. } => Some(station),
        _ => None,
    }
}

fn told(body: &ArrivalBody) -> String {
    match body {
        ArrivalBody::Telemetry { station, payload, .. } => {
            let text: String = String::from_utf8_lossy(payload).chars().take(SHOWN).collect();
            format!("telemetry {station} {} bytes {}", payload.len(), text.escape_debug())
        }
        ArrivalBody::Presence { station, connected: true } => format!("connected {station}"),
        ArrivalBody::Presence { station, connected: false } => format!("disconnected {station}"),
        ArrivalBody::Unusable { station, topic, bytes, .. } => {
            format!("unusable {station} {bytes} bytes under '{}'", topic.escape_debug())
        }
        ArrivalBody::Link { broker, down_since: Some(since) } => {
            format!("broker {broker} brings nothing since {since}")
        }
        ArrivalBody::Link { broker, down_since: None } => format!("broker {broker} is back"),
        ArrivalBody::Tick => "tick".to_owned(),
        ArrivalBody::Config { by, files, reason: None } => {
            format!("config by {by}, {} files", files.len())
        }
        ArrivalBody::Config { by, files, reason: Some(why) } => {
            format!("config by {by}, {} files: {}", files.len(), why.escape_debug())
        }
        ArrivalBody::Command { user, command } => format!("command by {user}: {command:?}"),
        ArrivalBody::Review { user, review } => format!(
            "review by {user}: {} {} readings of {} {}: {}",
            review.decision.name(),
            review.points.len(),
            review.series.station,
            review.series.parameter,
            review.reason.escape_debug()
        ),
        ArrivalBody::Duty { user, entry } => format!("duty of {}: {entry:?}", user.name),
        ArrivalBody::Forecast { user, act: ForecastAct::Issue(forecast) } => {
            let Forecast { station, parameter, source, points, .. } = forecast;
            format!(
                "forecast by {user}: {parameter} at {station}, {} points of {source}",
                points.len()
            )
        }
        ArrivalBody::Forecast { user, act: ForecastAct::Withdraw { forecast, reason } } => {
            format!("forecast {forecast} withdrawn by {user}: {reason}")
        }
        ArrivalBody::History { failing_since: Some(at) } => {
            format!("the history is not fed since {at}")
        }
        ArrivalBody::History { failing_since: None } => "the history is fed again".to_owned(),
        ArrivalBody::Clock { state, by, .. } => {
            let fault = state.fault.map_or("as the ledger's time", |fault| fault.kind.name());
            let by = by.as_ref().map_or(String::new(), |(who, why)| format!(", by {who}: {why}"));
            format!("the clock: {fault}, the ledger is {} ahead of the world{by}", state.ahead)
        }
        ArrivalBody::Started { alive_at: Some(at) } => format!("started, last alive {at}"),
        ArrivalBody::Started { alive_at: None } => "started for the first time".to_owned(),
    }
}

/// One arrival as JSON. A payload is `payload_text` when it is UTF-8, else `payload_hex`.
fn line(arrival: &Arrival) -> Value {
    let mut value = json!({"seq": arrival.seq, "received_at": arrival.received_at.to_string()});
    value["body"] = match &arrival.body {
        ArrivalBody::Telemetry { station, topic, payload, retained, dup, again } => {
            let mut body = json!({
                "kind": "telemetry", "station": station, "topic": topic, "retained": retained,
            });
            if *dup {
                body["dup"] = json!(true);
            }
            if let Some((seq, at)) = again {
                body["again"] = json!({"seq": seq, "received_at": at.to_string()});
            }
            match std::str::from_utf8(payload) {
                Ok(text) => body["payload_text"] = json!(text),
                Err(_) => {
                    let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
                    body["payload_hex"] = json!(hex);
                }
            }
            body
        }
        ArrivalBody::Presence { station, connected } => {
            json!({"kind": "presence", "station": station, "connected": connected})
        }
        ArrivalBody::Unusable { station, topic, head, bytes, reason, detail } => json!({
            "kind": "unusable", "station": station, "topic": topic, "head": head, "bytes": bytes,
            "reason": reason, "detail": detail,
        }),
        ArrivalBody::Link { broker, down_since } => {
            json!({"kind": "link", "broker": broker, "down_since": down_since.map(|at| at.to_string())})
        }
        ArrivalBody::Tick => json!({"kind": "tick"}),
        ArrivalBody::Config { by, files, reason } => {
            let mut body = json!({"kind": "config", "by": by, "files": files});
            if let Some(reason) = reason {
                body["reason"] = json!(reason);
            }
            body
        }
        ArrivalBody::Command { user, command } => {
            json!({"kind": "command", "user": user, "command": command})
        }
        ArrivalBody::Review { user, review } => {
            json!({"kind": "review", "user": user, "review": review})
        }
        ArrivalBody::Duty { user, entry } => json!({"kind": "duty", "user": user, "entry": entry}),
        ArrivalBody::Forecast { user, act } => {
            json!({"kind": "forecast", "user": user, "act": act})
        }
        ArrivalBody::History { failing_since } => {
            json!({"kind": "history", "failing_since": failing_since.map(|at| at.to_string())})
        }
        ArrivalBody::Clock { state, from, by } => {
            let from = from.map(|at| at.to_string());
            json!({"kind": "clock", "state": state, "from": from, "by": by})
        }
        ArrivalBody::Started { alive_at } => {
            json!({"kind": "started", "alive_at": alive_at.map(|at| at.to_string())})
        }
    };
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_exported_as_text_or_as_digits() {
        let body = |payload: &[u8]| ArrivalBody::Telemetry {
            station: "a".parse().expect("a name"),
            topic: "quantrac/v1/a/telemetry".to_owned(),
            payload: payload.to_vec(),
            retained: false,
            dup: false,
            again: None,
        };
        let exported = |payload: &[u8]| {
            line(&Arrival { seq: 1, received_at: Time::from_millis(0), body: body(payload) })
        };
        assert_eq!(exported("Kôn".as_bytes())["body"]["payload_text"], "Kôn");
        assert_eq!(exported(b"\xff\x00")["body"]["payload_hex"], "ff00");
        assert_eq!(exported(b"")["received_at"], "1970-01-01T07:00:00+07:00");
    }
}

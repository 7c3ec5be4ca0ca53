//! Forecasts as rows: each issue as it was given, each withdrawal beside it.

use domain::{Arrival, ArrivalBody, ForecastAct, Outcome};
use rusqlite::Connection;

use crate::{StoreError, json};

/// Writes what the arrival did to forecasts, unless the processor refused it. A forecast is withdrawn once: who comes
/// second changes nothing.
pub(crate) fn write(
    conn: &Connection,
    arrival: &Arrival,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let ArrivalBody::Forecast { user, act } = &arrival.body else { return Ok(()) };
    if outcome.command != Some(Ok(())) {
        return Ok(());
    }
    let (seq, at) = (arrival.seq, arrival.received_at.millis());
    match act {
        ForecastAct::Issue(forecast) => conn
            .prepare_cached(
                "INSERT INTO forecast(seq, received_at, by, station, parameter, source, issued_at, until, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                seq,
                at,
                user,
                forecast.station.as_str(),
                forecast.parameter.as_str(),
                &forecast.source,
                forecast.issued_at.millis(),
                forecast.until().millis(),
                json::text("forecast", forecast)?,
            ))?,
        ForecastAct::Withdraw { forecast, reason } => conn
            .prepare_cached(
                "INSERT INTO forecast_withdrawal(forecast, seq, at, by, reason)
                 SELECT seq, ?2, ?3, ?4, ?5 FROM forecast WHERE seq = ?1 ON CONFLICT DO NOTHING",
            )?
            .execute((i64::try_from(*forecast).unwrap_or(i64::MAX), seq, at, user, reason))?,
    };
    Ok(())
}

//! Forecasts: kept when they can be. They change no reading, no alarm and no health; whoever shows them asks for them.

use domain::parameter::Kind;
use domain::{CommandError, Forecast, ForecastAct, ForecastPoint, Time};

use crate::processor::Work;
use pack::Pack;

/// Takes or refuses.
pub(crate) fn handle(work: &mut Work, act: &ForecastAct, now: Time) {
    let fault = match act {
        ForecastAct::Issue(forecast) => {
            fault(&work.plan.pack, forecast, now).map(CommandError::Forecast)
        }
        ForecastAct::Withdraw { reason, .. } if reason.trim().is_empty() => {
            Some(CommandError::ReasonMissing)
        }
        ForecastAct::Withdraw { .. } => None,
    };
    work.out.command = Some(fault.map_or(Ok(()), Err));
}

/// Why a forecast cannot be taken, with what to do; `None` = it can.
#[must_use]
pub fn fault(pack: &Pack, forecast: &Forecast, now: Time) -> Option<String> {
    forecast
        .fault()
        .or_else(|| place_fault(pack, forecast))
        .or_else(|| time_fault(pack, forecast, now))
}

fn place_fault(pack: &Pack, forecast: &Forecast) -> Option<String> {
    let Forecast { station: id, parameter, .. } = forecast;
    let Some(station) = pack.stations.get(id) else {
        return Some(format!("station: there is no station '{id}'"));
    };
    let counts = |kind: Kind| kind == Kind::Counter;
    let Some(known) = pack.parameters.get(parameter).filter(|known| !counts(known.kind)) else {
        return Some(format!("parameter: '{parameter}' is none that can be forecast"));
    };
    if !station.parameters.contains(parameter) {
        let measured: Vec<_> = station.parameters.iter().map(|p| p.as_str()).collect();
        let measured = measured.join(", ");
        return Some(format!("parameter: '{id}' does not have '{parameter}', it has {measured}"));
    }
    let gross = pack.limits_of(id, parameter.as_str()).and_then(|limits| limits.gross)?;
    let unit = known.unit.symbol();
    let (least, most) = (gross.fail_min, gross.fail_max);
    forecast.points.iter().enumerate().find_map(|(index, point)| {
        let ForecastPoint { value, low, high, .. } = *point;
        [("value", Some(value)), ("low", low), ("high", high)].into_iter().find_map(
            |(name, number)| {
                let number = number?;
                let what = format!("points[{index}].{name}: {number} {unit}");
                match (least.filter(|least| number < *least), most.filter(|most| number > *most)) {
                    (Some(least), _) => {
                        Some(format!("{what} is below {least} {unit}, the least '{id}' can show"))
                    }
                    (_, Some(most)) => {
                        Some(format!("{what} is above {most} {unit}, the most '{id}' can show"))
                    }
                    _ => None,
                }
            },
        )
    })
}

fn time_fault(pack: &Pack, forecast: &Forecast, now: Time) -> Option<String> {
    let (about, issued) = (&pack.about, forecast.issued_at);
    if issued > now + about.future_tolerance {
        return Some(format!("issued_at: {issued} is in the future, it is {now}"));
    }
    if issued < about.oldest {
        return Some(format!(
            "issued_at: {issued} is before {}, the beginning of records",
            about.oldest
        ));
    }
    let (until, horizon) = (forecast.until(), about.forecast_horizon);
    (until - issued > horizon).then(|| {
        format!("points: the last is at {until}, more than {horizon} after the issue at {issued}")
    })
}

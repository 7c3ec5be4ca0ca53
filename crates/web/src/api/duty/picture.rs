//! How things stand, as it is handed over with a shift.

use std::cmp::Reverse;
use std::collections::HashMap;

use axum::Json;
use domain::duty::{DeskPicture, HighLevel, OpenWarning, StationTrouble};
use domain::{
    AlarmRecord, Level, ParameterId, SensorId, SeriesId, StationHealth, StationId, Warning,
};
use pack::Pack;
use store::NoticeState;

use crate::access::{Access, SignedIn};
use crate::live::Row;
use crate::openapi::words;
use crate::problem::Problem;

/// Most lines of each kind: who takes over reads them at a glance, or opens the page.
const MOST: usize = 100;

/// How things stand now: what a handover would write down; for signed-in people.
#[utoipa::path(get, path = "/api/v1/duty/picture", tag = "duty",
    responses((status = 200, body = words::DeskPicture), (status = 401)))]
pub(crate) async fn picture(access: Access<SignedIn>) -> Result<Json<DeskPicture>, Problem> {
    draw(&access).await.map(Json)
}

pub(super) async fn draw<D>(access: &Access<D>) -> Result<DeskPicture, Problem> {
    let parts = &access.app().parts;
    let (pack, health, now) = ((parts.pack)(), parts.ledger.health(), parts.ledger.now());
    let (warnings, alarms, given_up, unconfirmed) = access
        .read(move |reader| {
            let dead = reader.count_notices(NoticeState::Dead)?;
            let warnings = reader.warnings(true, None, MOST)?;
            Ok((warnings, reader.alarms()?, dead, reader.count_unconfirmed(now)?))
        })
        .await?;
    Ok(DeskPicture {
        warnings: warnings.into_iter().map(open).collect(),
        highest: highest(&pack, &alarms, &access.app().live.latest.shown(&pack)),
        stations: troubled(&pack, &health),
        given_up,
        unconfirmed,
    })
}

fn open(warning: Warning) -> OpenWarning {
    OpenWarning {
        id: warning.id,
        name: warning.episode_name,
        state: warning.state,
        level: warning.level,
        waits: warning.draft.map(|draft| draft.level),
    }
}

type Shown = HashMap<(StationId, ParameterId), (SeriesId, Row)>;

/// Places in alarm that are no technical matter, each with the newest value of what stands highest there: of the sensor
/// that the pages show, not the value with which the level was reached.
fn highest(pack: &Pack, alarms: &[AlarmRecord], newest: &Shown) -> Vec<HighLevel> {
    let natural = |alarm: &&AlarmRecord| {
        let rule = pack.rule(&alarm.rule);
        alarm.level() > Level(0) && rule.is_some_and(|rule| rule.hazard != "technical")
    };
    let shown = |alarm: &AlarmRecord| {
        let known = alarm.latest.as_ref().or_else(|| alarm.evidence.first())?;
        let place = (known.station.clone(), known.parameter.clone());
        let shown = newest.get(&place).and_then(|(_, row)| {
            let last = row.last?;
            Some((last.usable()?, last.observed_at, &row.key.sensor))
        });
        let newer = shown.filter(|(_, observed_at, _)| *observed_at >= known.observed_at);
        let (value, observed_at, sensor) =
            newer.unwrap_or((known.value, known.observed_at, &known.sensor));
        Some(HighLevel {
            target: alarm.target.clone(),
            parameter: known.parameter.to_string(),
            sensor: Some(sensor.clone()).filter(|sensor| *sensor != SensorId::main()),
            level: alarm.level(),
            value,
            observed_at,
        })
    };
    let mut all: Vec<_> = alarms.iter().filter(natural).filter_map(shown).collect();
    all.sort_by_key(|high| (Reverse(high.level), high.target.clone(), high.parameter.clone()));
    all.dedup_by(|next, kept| next.target == kept.target && next.parameter == kept.parameter);
    all.truncate(MOST);
    all
}

fn troubled(pack: &Pack, health: &[StationHealth]) -> Vec<StationTrouble> {
    let known = health.iter().filter(|one| pack.stations.contains_key(&one.station));
    let wrong = known.filter(|one| !one.conditions.is_empty());
    let shown = wrong.map(|one| {
        let (station, conditions) = (one.station.clone(), one.conditions.clone());
        StationTrouble { station, conditions }
    });
    shown.take(MOST).collect()
}

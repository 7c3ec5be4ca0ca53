//! Conditions of stations over time: when they were silent, with an empty battery, with a failing sensor.

use std::collections::BTreeMap;

use axum::Json;
use domain::{Condition, StationHealth, StationId, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::events::stretch;
use crate::access::{Access, Reading};
use crate::input::{Ask, time};
use crate::problem::{Kind, Problem};

/// Most changes looked at for one answer.
const LOOKED_AT: usize = 50_000;

/// Which stretch of time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConditionsQuery {
    /// From this instant.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = String, format = DateTime)]
    from: Option<Time>,
    /// To this instant. Default now. At most 62 days after `from`.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Only of this station.
    #[param(value_type = Option<String>)]
    station: Option<StationId>,
}

/// How stations were.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conditions {
    /// Stations of which something is known, by name.
    stations: Vec<StationSpells>,
}

/// How one station was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationSpells {
    #[schema(value_type = String)]
    station: StationId,
    /// In order of their beginning.
    spells: Vec<Spell>,
}

/// A stretch of time in which something was wrong.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Spell {
    /// `silent`, `clock_wrong`, `battery_low`, `sends_nonsense`, `sensor_silent`, `implausible` or `maintenance_over`.
    #[schema(value_type = String)]
    condition: Condition,
    /// Since when, by the clock of the server; it may be before the stretch.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// Null = it had not ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
}

/// When something was wrong with stations.
#[utoipa::path(get, path = "/api/v1/conditions", tag = "past", params(ConditionsQuery),
    responses((status = 200, body = Conditions)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<ConditionsQuery>,
) -> Result<Json<Conditions>, Problem> {
    let (from, to) = stretch(query.from, query.to, access.app().parts.ledger.now())?;
    let (before, changes) = access
        .read(move |reader| {
            let (first, last) = (reader.last_arrival_at(from)?, reader.last_arrival_at(to)?);
            let mut before = reader.health_known(first)?;
            before.retain(|one| query.station.as_ref().is_none_or(|only| *only == one.station));
            let changes =
                reader.health_between((first, last), query.station.as_ref(), LOOKED_AT + 1)?;
            Ok((before, changes))
        })
        .await?;
    if changes.len() > LOOKED_AT {
        let detail = format!("more than {LOOKED_AT} changes in that time: ask for less");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let mut stations: BTreeMap<StationId, Story> = BTreeMap::new();
    for health in before {
        stations.entry(health.station.clone()).or_default().goes_on(from, &health);
    }
    for (at, health) in changes {
        stations.entry(health.station.clone()).or_default().goes_on(at, &health);
    }
    let spells =
        |(station, story): (StationId, Story)| StationSpells { station, spells: story.end() };
    Ok(Json(Conditions { stations: stations.into_iter().map(spells).collect() }))
}

/// What was wrong with one station, change by change.
#[derive(Default)]
struct Story {
    ended: Vec<Spell>,
    open: Vec<Spell>,
}

impl Story {
    /// At that time it was like that.
    fn goes_on(&mut self, at: Time, health: &StationHealth) {
        let now = &health.conditions;
        let stands = |spell: &Spell| now.iter().any(|(name, _)| *name == spell.condition);
        let (open, over): (Vec<_>, Vec<_>) = self.open.drain(..).partition(stands);
        self.ended.extend(over.into_iter().map(|spell| Spell { to: Some(at), ..spell }));
        self.open = open;
        for (condition, from) in now.iter().copied() {
            if !self.open.iter().any(|spell| spell.condition == condition) {
                self.open.push(Spell { condition, from, to: None });
            }
        }
    }

    fn end(self) -> Vec<Spell> {
        let mut spells: Vec<_> = self.ended.into_iter().chain(self.open).collect();
        spells.sort_by_key(|spell| spell.from);
        spells
    }
}

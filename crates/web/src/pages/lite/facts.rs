//! What the light pages tell of, read once for everybody who asks within a few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{
    AlarmRecord, CheckedReading, MessageKind, ParameterId, Realm, SensorId, SeriesId, Span,
    StationHealth, StationId, Time, Warning, WarningMessage,
};
use pack::Pack;
use store::{Reader, StoreError};

use crate::app::Inner;
use crate::problem::Problem;
use crate::public;
use crate::reads::Lane;

/// So long what was read is told to others.
const FRESH: Duration = Duration::from_secs(3);
/// Most open warnings looked at.
const MOST: usize = 200;

/// What is stored, as of a moment ago.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) alarms: Vec<AlarmRecord>,
    /// Warnings in force with their newest message, most dangerous first, as everybody may see them.
    pub(super) warnings: Vec<(Warning, WarningMessage)>,
    /// Drafts that wait for a person.
    pub(super) waiting: usize,
}

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct Facts(tokio::sync::Mutex<Option<(Instant, Arc<Stored>)>>);

/// Everything a page is made from.
pub(super) struct Sight {
    pub(super) now: Time,
    pub(super) realm: Realm,
    pub(super) pack: Arc<Pack>,
    pub(super) stored: Arc<Stored>,
    pub(super) health: Arc<Vec<StationHealth>>,
    /// Seconds of the drill in one real second; 1 = no drill.
    pub(super) speed: f64,
    /// Of the sensor that is shown of each place.
    latest: HashMap<(StationId, ParameterId), (SeriesId, SensorId, CheckedReading)>,
}

impl Facts {
    /// As of now, or of a few seconds ago. It costs the same however many ask, so they do not wait among the crowd.
    async fn stored(&self, app: &Inner) -> Result<Arc<Stored>, Problem> {
        let mut held = self.0.lock().await;
        if let Some((at, stored)) = held.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(stored));
        }
        let stored = app.reads.read(Lane::Staff, app.parts.ledger.reader(), read).await?;
        let stored = Arc::new(stored);
        *held = Some((Instant::now(), Arc::clone(&stored)));
        Ok(stored)
    }
}

fn read(reader: &Reader) -> Result<Stored, StoreError> {
    let mut warnings = Vec::new();
    for warning in reader.issued_warnings(true, None, MOST)? {
        let newest = reader.messages(&warning.id)?.pop();
        let in_force = |message: &WarningMessage| {
            matches!(message.kind, MessageKind::Issue | MessageKind::Update)
        };
        if let Some(message) = newest.filter(in_force)
            && let Some(shown) = public::warning(&warning)
        {
            warnings.push((shown, public::message(message)));
        }
    }
    warnings.sort_by(|(_, a), (_, b)| b.level.cmp(&a.level).then(b.sent_at.cmp(&a.sent_at)));
    let open = reader.warnings(true, None, MOST)?;
    let waiting = open.iter().filter(|warning| warning.draft.is_some()).count();
    Ok(Stored { alarms: reader.alarms()?, warnings, waiting })
}

impl Sight {
    pub(super) async fn look(app: &Inner) -> Result<Self, Problem> {
        let parts = &app.parts;
        let stored = app.lite.facts.stored(app).await?;
        let pack = (parts.pack)();
        let shown = app.live.latest.shown(&pack).into_iter();
        let latest =
            shown.filter_map(|(place, (id, row))| Some((place, (id, row.key.sensor, row.last?))));
        let latest = latest.collect();
        Ok(Self {
            now: parts.ledger.now(),
            realm: parts.realm,
            pack,
            stored,
            health: parts.ledger.health(),
            speed: parts.drill.map_or(1.0, |drill| drill.speed.max(1.0)),
            latest,
        })
    }

    /// The newest reading of that parameter there, whatever its flag.
    pub(super) fn latest(&self, station: &StationId, parameter: &str) -> Option<CheckedReading> {
        self.series(station, parameter).map(|(_, reading)| reading)
    }

    /// The same with its series.
    pub(super) fn series(
        &self,
        station: &StationId,
        parameter: &str,
    ) -> Option<(SeriesId, CheckedReading)> {
        let parameter = parameter.parse().ok()?;
        let (id, _, reading) = self.latest.get(&(station.clone(), parameter))?;
        Some((*id, *reading))
    }

    /// The name of the sensor that it is of, when that is not the main one.
    pub(super) fn sensor(&self, station: &StationId, parameter: &str) -> Option<&SensorId> {
        let parameter = parameter.parse().ok()?;
        let (_, sensor, _) = self.latest.get(&(station.clone(), parameter))?;
        Some(sensor).filter(|sensor| **sensor != SensorId::main())
    }

    /// Whether a reading of that age is too old for its station. At a drill's speed a page is a little behind.
    pub(super) fn too_old(&self, silent_after: Span, age: Span) -> bool {
        let slack = if self.speed > 1.0 { self.speed * 5_000.0 } else { 0.0 };
        age > Span::from_millis(silent_after.millis() + slack as i64)
    }
}

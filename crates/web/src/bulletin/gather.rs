//! Reads what a bulletin needs, as it was known at an instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::sensor::{self, Newest};
use domain::{
    CheckedReading, SensorId, SeriesId, SeriesKey, Span, StationId, Time, Warning, WarningId,
    WarningMessage,
};
use pack::{Episode, Pack, Station};
use store::{Reader, StoreError};

use super::{Bulletin, InForce, lines};
use crate::access::{Access, Reading};
use crate::live::silent_after;
use crate::problem::{Kind, Problem};
use crate::public;
use crate::series::{Incomplete, Older, Wanted};

/// What is told of a river reaches back so far, as the bulletins of the province do.
pub(super) const BACK: Span = Span::hours(12);
/// A derived value older than this is not of now.
const NOW: Span = Span::minutes(90);
/// Readings looked at for one series.
const LOOKED_AT: usize = 100_000;
/// Readings of a series that are told of: one a minute in two days.
const MOST: usize = 3_000;
/// Warnings looked at, at a time and in all.
const WARNINGS: (usize, usize) = (200, 1_000);
const DAY: Span = Span::days(1);
/// The observing day of Vietnamese bulletins begins then.
const DAY_BEGINS: Span = Span::hours(19);

/// What is asked.
pub(crate) struct Question {
    pub(crate) at: Time,
    /// Whether that is another instant than now.
    pub(crate) past: bool,
    /// Ids of rivers; empty = all.
    pub(crate) rivers: BTreeSet<String>,
}

/// A series and the time of it that is wanted.
#[derive(Clone)]
struct Want {
    series: SeriesId,
    key: SeriesKey,
    range: (Time, Time),
}

type Sensors = Vec<(SensorId, Vec<CheckedReading>)>;

/// Readings by station and parameter, of each sensor.
pub(super) struct Read(BTreeMap<(StationId, String), Sensors>);

impl Read {
    /// Readings of the sensor that is shown, with its name: as it was known then, so that a paper of then names the one
    /// that was shown then.
    pub(super) fn shown(
        &self,
        pack: &Pack,
        station: &StationId,
        parameter: &str,
    ) -> Option<(&SensorId, &[CheckedReading])> {
        let sensors = self.0.get(&(station.clone(), parameter.to_owned()))?;
        let newest = sensors.iter();
        let newest = newest.filter_map(|(sensor, all)| Some(Newest::of(sensor, all.last()?)));
        let newest: Vec<_> = newest.collect();
        let shown = sensor::shown(&newest, silent_after(pack, station))?;
        Some((shown, self.of_sensor(station, parameter, shown)))
    }

    /// The same without the name.
    pub(super) fn of(
        &self,
        pack: &Pack,
        station: &StationId,
        parameter: &str,
    ) -> &[CheckedReading] {
        self.shown(pack, station, parameter).map_or(&[], |(_, readings)| readings)
    }

    pub(super) fn of_sensor(
        &self,
        station: &StationId,
        parameter: &str,
        sensor: &SensorId,
    ) -> &[CheckedReading] {
        let sensors = self.0.get(&(station.clone(), parameter.to_owned()));
        let found = sensors.into_iter().flatten().find(|(one, _)| one == sensor);
        found.map_or(&[], |(_, readings)| readings.as_slice())
    }
}

/// Puts the bulletin together.
///
/// # Errors
/// A river is unknown, nothing was configured then, or the store cannot be read.
pub(crate) async fn gather(
    access: &Access<Reading>,
    question: &Question,
) -> Result<Bulletin, Problem> {
    let pack = access.pack(question.past.then_some(question.at)).await?;
    for river in &question.rivers {
        if !pack.rivers.iter().any(|one| one.id == *river) {
            return Err(Problem::no_such("river", river));
        }
    }
    let at = question.at;
    let scope = Scope { pack: &pack, rivers: &question.rivers };
    let day_to = at.floor(DAY, DAY_BEGINS);
    let wants = wants(access, &scope, at, day_to);
    let (read, incomplete) = readings(access, wants, at).await?;
    let warnings = access.read(move |reader| in_force(reader, at)).await?;
    let waiting = match access.signed_in() {
        true => Some(access.read(move |reader| waiting(reader, at)).await?),
        false => None,
    };
    let episode = |warning: &Warning| pack.episode(&warning.episode);
    let wanted = |warning: &Warning| episode(warning).is_none_or(|one| scope.has_episode(one));
    let waiting = waiting.map(|all| all.iter().filter(|one| wanted(one)).count());
    let warnings = warnings.into_iter().filter(|(warning, _)| wanted(warning));
    let (overdue, in_force): (Vec<_>, Vec<_>) =
        warnings.map(|(_, message)| view(message)).partition(|warning| warning.expires_at < at);
    let level =
        |station: &Station| station.parameters.iter().any(|one| one.as_str() == "water_level");
    let stations = || pack.stations.values().filter(|one| scope.has(one));
    let mut rain: Vec<_> = stations()
        .filter(|one| is_rain(one))
        .map(|one| lines::rain(&pack, one, &read, day_to))
        .collect();
    lines::wettest_first(&mut rain);
    Ok(Bulletin {
        at,
        realm: access.app().parts.realm,
        next_at: pack.next_bulletin(at),
        offices: lines::offices(&pack, at),
        rivers: lines::rivers(&pack, at, |id| scope.names(id)),
        stages: lines::stages(&pack, stations().filter(|one| level(one)), &read, at),
        day_from: day_to - DAY,
        day_to,
        rain,
        basins: lines::basins(&pack, &read, |id| scope.has_basin(id)),
        warnings: in_force,
        overdue,
        waiting,
        incomplete,
    })
}

/// The rivers that are asked for, with what belongs to them.
struct Scope<'a> {
    pack: &'a Arc<Pack>,
    rivers: &'a BTreeSet<String>,
}

impl Scope<'_> {
    fn names(&self, river: &str) -> bool {
        self.rivers.is_empty() || self.rivers.contains(river)
    }

    fn has(&self, station: &Station) -> bool {
        match (&station.river, &station.basin) {
            _ if self.rivers.is_empty() => true,
            (Some(river), _) => self.rivers.contains(river),
            (None, Some(basin)) => self.has_basin(basin),
            (None, None) => false,
        }
    }

    /// A basin belongs to a river when one of its stations stands on it.
    fn has_basin(&self, basin: &StationId) -> bool {
        let on =
            |one: &Station| one.river.as_ref().is_some_and(|river| self.rivers.contains(river));
        let mut here = self.pack.stations.values().filter(|one| one.basin.as_ref() == Some(basin));
        self.rivers.is_empty() || here.any(on)
    }

    fn has_episode(&self, episode: &Episode) -> bool {
        self.rivers.is_empty()
            || episode.rivers.iter().any(|river| self.rivers.contains(river))
            || episode.rivers.is_empty() && episode.basins.iter().any(|basin| self.has_basin(basin))
    }
}

fn is_rain(station: &Station) -> bool {
    station.parameters.iter().any(|one| matches!(one.as_str(), "rain" | "rain_counter"))
}

/// Every series that is needed, of every sensor.
fn wants(access: &Access<Reading>, scope: &Scope<'_>, at: Time, day_to: Time) -> Vec<Want> {
    let from = |parameter: &str| match parameter {
        "water_level" => Some(at - BACK),
        // The last report of a day may have come any time before its end.
        "rain_day" => Some(day_to - DAY),
        "water_level_rise" | "rain_24h" | "basin_rain_24h" => Some(at - NOW),
        _ => None,
    };
    let mut wants = Vec::new();
    for (series, row) in access.app().live.latest.rows(0, usize::MAX, |_| true) {
        let key = row.key;
        let Some(from) = from(key.parameter.as_str()) else { continue };
        let here = match scope.pack.stations.get(&key.station) {
            Some(station) => scope.has(station),
            None => scope.pack.basins.contains_key(&key.station) && scope.has_basin(&key.station),
        };
        if here {
            wants.push(Want { series, key, range: (from, at) });
        }
    }
    wants
}

/// The readings as they were known at `at`, the oldest ones from the history.
async fn readings(
    access: &Access<Reading>,
    wants: Vec<Want>,
    at: Time,
) -> Result<(Read, Option<Incomplete>), Problem> {
    let wants = Arc::new(wants);
    let ask = move |reader: &Reader| Ok((reader.kept_from()?, reader.last_arrival_at(at)?));
    let (kept, known) = access.read(ask).await?;
    let mut older = Vec::with_capacity(wants.len());
    for want in wants.iter() {
        older.push(match kept.filter(|kept| want.range.0 < *kept) {
            None => Older::default(),
            Some(kept) => {
                let (from, to) = want.range;
                let wanted = Wanted { from, to, limit: MOST, known: Some(known), every: None };
                let history = &access.app().parts.history;
                Older::ask(history, want.series, &want.key, kept, &wanted).await
            }
        });
    }
    let incomplete = older.iter().find_map(|one| one.incomplete.clone());
    let all = Arc::clone(&wants);
    let work = move |reader: &Reader| {
        let mut read: BTreeMap<_, Sensors> = BTreeMap::new();
        for (want, older) in all.iter().zip(&older) {
            let found = reader.readings_known_at(want.series, want.range, at, MOST, LOOKED_AT)?;
            let Some(found) = found else { return Ok((None, reader.kept_from()?)) };
            let found = found.into_iter().map(|reading| (0, reading)).collect();
            let place = (want.key.station.clone(), want.key.parameter.to_string());
            let found = older.with(found, want.range, MOST);
            read.entry(place).or_default().push((want.key.sensor.clone(), found));
        }
        Ok((Some(read), reader.kept_from()?))
    };
    let (read, after) = access.read(work).await?;
    if after != kept {
        let detail = "old readings moved to the history just now: ask again";
        return Err(Problem::new(Kind::Crowded, detail).retry_after(1));
    }
    let too_many =
        || Problem::new(Kind::NotUsable, "too much came after that instant: ask for a later one");
    Ok((Read(read.ok_or_else(too_many)?), incomplete))
}

/// Warnings of which nobody had said the end at that instant, with their newest message then, most dangerous first.
fn in_force(reader: &Reader, at: Time) -> Result<Vec<(Warning, WarningMessage)>, StoreError> {
    let (mut found, mut after, mut seen) = (Vec::new(), None::<WarningId>, 0);
    loop {
        let page = reader.issued_warnings(false, after.as_ref(), WARNINGS.0)?;
        seen += page.len();
        after = page.last().map(|warning| warning.id.clone());
        let last = page.len() < WARNINGS.0 || seen >= WARNINGS.1;
        for warning in page {
            let open = matches!(warning.state, domain::WarningState::Issued);
            if warning.drafted_at > at || !(open || warning.changed_at > at) {
                continue;
            }
            let messages = reader.messages(&warning.id)?;
            let newest = messages.into_iter().rfind(|message| message.sent_at <= at);
            if let Some(message) = newest.filter(|message| !message.kind.is_over()) {
                found.push((warning, public::message(message)));
            }
        }
        if last {
            break;
        }
    }
    found.sort_by(|(_, a), (_, b)| b.level.cmp(&a.level).then(a.hazard.cmp(&b.hazard)));
    Ok(found)
}

/// Warnings with a draft that waited for a decision at that instant.
fn waiting(reader: &Reader, at: Time) -> Result<Vec<Warning>, StoreError> {
    let known = reader.last_arrival_at(at)?;
    let open = reader.warnings_known(known, true, false, None, WARNINGS.1)?;
    Ok(open.into_iter().filter(|warning| warning.draft.is_some()).collect())
}

fn view(message: WarningMessage) -> InForce {
    InForce {
        id: message.warning,
        number: message.number,
        hazard: message.hazard,
        level: message.level,
        provisional: message.provisional,
        late: message.late,
        sent_at: message.sent_at,
        expires_at: message.expires_at,
        headline_vi: message.text.vi.headline,
        headline_en: message.text.en.headline,
        instruction_vi: message.text.vi.instruction,
        instruction_en: message.text.en.instruction,
        areas: message.areas.into_iter().map(|area| area.name).collect(),
    }
}

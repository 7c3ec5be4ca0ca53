//! One station: its levels, its rain, and the last day hour by hour.

use std::fmt::Write as _;

use domain::{CheckedReading, QcFlag, SeriesId, Span, Time};
use pack::{StageLevel, Station};
use store::{Reader, StoreError};

use super::facts::Sight;
use super::frame::{Here, page};
use super::list::{amount, back, observed, sensor, station_path};
use super::rows::{self, RAIN, River, measures};
use super::spark::spark;
use super::words::{
    BAD, Both, DIFFERENCE, DOUBTFUL, FLOOD, HOURLY, IMPACTS, LEVELS, Language, MARK, NO_VALUE,
    OBSERVED, OTHER_SOURCE, RAIN_MM, RIVERS, SINCE_19, SUMS, TIME, WIND,
};
use crate::pages::html::escape;
use crate::standing::floods_before;

/// What is told hour by hour: parameter, what measures it, heading, unit, decimals.
const COLUMNS: [(&str, &[&str], Both, &str, u8); 4] = [
    ("water_level", &["water_level"], RIVERS, "m", 2),
    ("rain_1h", &RAIN, RAIN_MM, "", 1),
    ("wind_speed", &["wind_speed"], WIND, "m/s", 1),
    ("wind_gust", &["wind_gust"], ("Giật", "Gusts"), "m/s", 1),
];
const SUMS_OF: [(&str, &str); 6] = [
    ("rain_1h", "1"),
    ("rain_3h", "3"),
    ("rain_6h", "6"),
    ("rain_12h", "12"),
    ("rain_24h", "24"),
    ("rain_72h", "72"),
];
const HOUR: Span = Span::hours(1);
/// Hours that are told.
const HOURS: i64 = 24;
/// Readings of a day: one a minute.
const MOST: usize = 2_000;

/// A column and its readings of the last day.
pub(super) struct Column {
    head: Both,
    unit: &'static str,
    decimals: u8,
    parameter: &'static str,
    readings: Vec<CheckedReading>,
}

/// What is to be read for a station.
pub(super) fn wanted(sight: &Sight, station: &Station) -> Vec<(usize, SeriesId)> {
    let columns = COLUMNS.iter().enumerate();
    let there = columns.filter(|(_, (_, measured, ..))| measures(station, measured));
    there
        .filter_map(|(index, (name, ..))| Some((index, sight.series(&station.id, name)?.0)))
        .collect()
}

/// Reads them.
///
/// # Errors
/// The store cannot be read.
pub(super) fn read(
    reader: &Reader,
    wanted: &[(usize, SeriesId)],
    now: Time,
) -> Result<Vec<Column>, StoreError> {
    let from = first_hour(now) - HOUR;
    let column = |(index, series): &(usize, SeriesId)| {
        let (parameter, _, head, unit, decimals) = COLUMNS[*index];
        let readings = reader.readings(*series, from, now, MOST)?;
        Ok(Column { head, unit, decimals, parameter, readings })
    };
    wanted.iter().map(column).collect()
}

fn first_hour(now: Time) -> Time {
    now.floor(HOUR, Span::ZERO) - HOUR.times(HOURS - 1)
}

/// The page.
pub(super) fn station(
    sight: &Sight,
    language: Language,
    refresh: u16,
    station: &Station,
    columns: &[Column],
) -> String {
    let river = station.river.as_ref();
    let river = river.and_then(|id| sight.pack.rivers.iter().find(|river| river.id == *id));
    let title = match river {
        Some(river) => format!("{}, {}", station.name, river.name),
        None => station.name.clone(),
    };
    let mut body = back(language);
    let _ = write!(body, "<h2>{}</h2>", escape(&title));
    if measures(station, &["water_level"]) {
        stage(&mut body, sight, language, &rows::river(sight, station), columns);
    }
    if measures(station, &RAIN) {
        sums(&mut body, sight, language, station);
    }
    hours(&mut body, sight.now, language, columns);
    let (path, full) = (station_path(&station.id), format!("/tram/{}", station.id));
    page(sight, language, refresh, &Here { title: &title, path: &path, full: &full, body: &body })
}

fn stage(
    html: &mut String,
    sight: &Sight,
    language: Language,
    row: &River<'_>,
    columns: &[Column],
) {
    let when = observed(sight, language, row.newest, row.station, row.stale);
    let value = match (row.value, row.newest) {
        (Some(value), _) => format!("<b>{} m</b>{}", language.number(value, 2), sensor(row)),
        (None, Some(_)) => language.say(BAD).to_owned(),
        (None, None) => language.say(NO_VALUE).to_owned(),
    };
    let level = row.level.map_or("", |level| language.level(level));
    let trend = language.trend(row.rate);
    let _ = write!(html, "<p>{value} · {level} · {trend} · {}: {when}", language.say(OBSERVED));
    let column = columns.iter().find(|column| column.parameter == "water_level");
    if let Some(column) = column {
        let label = format!("{}, {}", language.say(RIVERS), language.say(HOURLY));
        html.push_str("<p>");
        html.push_str(&spark(&column.readings, &row.levels, sight.now, &label));
    }
    ladder(html, sight, language, row);
}

/// Levels and floods of the past, highest first, with the water of now among them.
fn ladder(html: &mut String, sight: &Sight, language: Language, row: &River<'_>) {
    let mut rungs: Vec<(f64, String, bool)> = Vec::new();
    for level in &row.levels {
        let mut name = escape(&level.name);
        for impact in &level.impacts {
            let text = escape(language.of(&impact.text_vi, &impact.text_en));
            let _ = write!(name, "<br><small>{}: {text}</small>", language.say(IMPACTS));
        }
        rungs.push((level.value, name, false));
    }
    for flood in floods_before(&sight.pack, row.station.id.as_str(), sight.now) {
        let record = flood.record;
        if row.levels.iter().any(|level: &&StageLevel| level.value == record.value) {
            continue;
        }
        let day: Vec<_> = record.when.rsplit('-').collect();
        let mut name = format!("{} {}", language.say(FLOOD), escape(&day.join("/")));
        for other in flood.others {
            let words = language.say(OTHER_SOURCE);
            let _ = write!(name, " <small>({words}: {} m)</small>", language.number(other, 2));
        }
        rungs.push((record.value, name, false));
    }
    if rungs.is_empty() {
        return;
    }
    if let Some(value) = row.value {
        rungs.push((value, format!("→ {}", language.say(DIFFERENCE)), true));
    }
    rungs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.cmp(&a.2)));
    let [title, mark, level, now] =
        [LEVELS, MARK, RIVERS, DIFFERENCE].map(|both| language.say(both));
    let _ = write!(
        html,
        "<h2>{title}</h2><table><thead><tr><th>{mark}<th class=n>{level} (m)<th class=n>{now} (m)<tbody>"
    );
    for (value, name, is_now) in rungs {
        let class = if is_now { " class=now" } else { "" };
        let far = match row.value {
            Some(water) if !is_now => language.signed(water - value, 2),
            _ => String::new(),
        };
        let _ = write!(
            html,
            "<tr{class}><th>{name}<td class=n>{}<td class=n>{far}",
            language.number(value, 2)
        );
    }
    html.push_str("</table>");
}

fn sums(html: &mut String, sight: &Sight, language: Language, station: &Station) {
    let _ = write!(html, "<h2>{} (mm)</h2><table><thead><tr>", language.say(SUMS));
    for (_, hours) in SUMS_OF {
        let _ = write!(html, "<th>{hours} {}", language.of("giờ", "h"));
    }
    let _ = write!(html, "<th>{}<tbody><tr>", language.say(SINCE_19));
    let names = SUMS_OF.iter().map(|(name, _)| *name).chain(["rain_day"]);
    for name in names {
        let sum = sight.latest(&station.id, name);
        let shown = sum.map_or_else(|| "–".to_owned(), |sum| amount(language, &sum, 1));
        let _ = write!(html, "<td>{shown}");
    }
    let newest = sight.latest(&station.id, "rain_1h");
    let stale =
        newest.is_some_and(|one| sight.too_old(station.silent_after, sight.now - one.observed_at));
    let when = observed(sight, language, newest, station, stale);
    let _ = write!(html, "</table><p><small>{}: {when}</small>", language.say(OBSERVED));
}

/// The newest first: what matters stands above.
fn hours(html: &mut String, now: Time, language: Language, columns: &[Column]) {
    if columns.is_empty() {
        let _ = write!(html, "<p>{}", language.say(NO_VALUE));
        return;
    }
    let [title, time] = [HOURLY, TIME].map(|both| language.say(both));
    let _ = write!(html, "<h2>{title}</h2><table><thead><tr><th>{time}");
    for column in columns {
        let unit =
            if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) };
        let _ = write!(html, "<th class=n>{}{unit}", language.say(column.head));
    }
    html.push_str("<tbody>");
    for back in 0..HOURS {
        let hour = now.floor(HOUR, Span::ZERO) - HOUR.times(back);
        let _ = write!(html, "<tr><th>{}", Language::clock(hour, now));
        for column in columns {
            let _ = write!(html, "<td class=n>{}", cell(column, language, hour));
        }
    }
    html.push_str("</table>");
}

/// The last reading of that hour; one that was not taken on the hour says when.
fn cell(column: &Column, language: Language, hour: Time) -> String {
    let inside = |reading: &&CheckedReading| {
        reading.observed_at <= hour && reading.observed_at > hour - HOUR
    };
    let Some(reading) = column.readings.iter().rfind(inside) else { return "–".to_owned() };
    let mut shown = match column.parameter {
        "rain_1h" => amount(language, reading, column.decimals),
        _ => match reading.usable() {
            Some(value) => language.number(value, column.decimals),
            None => return language.say(BAD).to_owned(),
        },
    };
    if reading.verdict.flag == QcFlag::Suspect && column.parameter != "rain_1h" {
        let _ = write!(shown, " ({})", language.say(DOUBTFUL));
    }
    if reading.observed_at != hour {
        let _ = write!(shown, " <small>({})</small>", domain::text::clock(reading.observed_at));
    }
    shown
}

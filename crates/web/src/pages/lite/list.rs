//! The list of stations with the warnings above it, cut to what a bad link can carry.

use std::fmt::Write as _;

use domain::{CheckedReading, QcFlag, Span, StationId, WarningMessage, text};
use pack::Station;

use super::facts::Sight;
use super::frame::{Here, MOST, STYLE, page, with_language};
use super::rows::{self, River, Sky};
use super::words::{
    AREAS, BACK, BAD, BLIND, BY_RIVER, Both, DAY, DO, DOUBTFUL, FORCE, GUST, HOLDS, HOUR, ISSUED,
    LATE, Language, MORE_WARNINGS, NEXT, NO_LEVELS, NO_VALUE, NO_WARNING, NONE_HERE, OBSERVED,
    OTHERS, OVERDUE, PROVISIONAL, RAIN_MM, RIVERS, SILENT, STALE, STANDING, STATION, TREND,
    WAITING, WARNINGS, WIND, WORST_FIRST,
};
use crate::pages::html::escape;
use crate::standing::nearest;

/// Bytes after which a warning is told by its headline alone …
const WHOLE_WARNINGS: usize = 3_500;
/// … and after which the rest is only counted.
const ALL_WARNINGS: usize = 6_000;

/// Which stations, and which of them first.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    /// A river's id; `khac` = stations on no river.
    pub(super) river: Option<String>,
    /// So many lines are left out.
    pub(super) skip: usize,
}

const NO_RIVER: &str = "khac";

impl Choice {
    fn takes(&self, station: &Station) -> bool {
        match self.river.as_deref() {
            None => true,
            Some(NO_RIVER) => station.river.is_none(),
            Some(river) => station.river.as_deref() == Some(river),
        }
    }

    /// Its address; only names that exist are in it.
    pub(super) fn path(&self) -> String {
        match (&self.river, self.skip) {
            (None, 0) => "/nhe".to_owned(),
            (None, skip) => format!("/nhe?tu={skip}"),
            (Some(river), 0) => format!("/nhe?song={river}"),
            (Some(river), skip) => format!("/nhe?song={river}&tu={skip}"),
        }
    }

    /// Whether the river is one.
    pub(super) fn exists(&self, sight: &Sight) -> bool {
        let known = |river: &String| {
            river == NO_RIVER || sight.pack.rivers.iter().any(|one| one.id == *river)
        };
        self.river.as_ref().is_none_or(known)
    }
}

/// The page.
pub(super) fn list(
    sight: &Sight,
    language: Language,
    refresh: u16,
    choice: &Choice,
    waiting: bool,
    troubles: &[String],
) -> String {
    let path = choice.path();
    let frame = |body: &str| {
        page(sight, language, refresh, &Here { title: "", path: &path, full: "/", body })
    };
    let mut above = String::new();
    for trouble in troubles {
        let _ = write!(above, "<p><b>⚠ {}</b>", escape(trouble));
    }
    if waiting {
        let _ = write!(above, "<p><b>{}: {}</b>", language.say(WAITING), sight.stored.waiting);
    }
    if choice.river.is_none() && choice.skip == 0 {
        warnings(&mut above, sight, language);
    }
    let below = by_river(sight, language);
    let lines = lines(sight, language, choice);
    let spent = frame("").len() + STYLE.len() + above.len() + below.len();
    let (table, shown) = fill(&lines, language, choice.skip, MOST.saturating_sub(spent));
    let end = choice.skip + shown;
    let next = match lines.len().saturating_sub(end) {
        0 => String::new(),
        left => {
            let next = Choice { skip: end, ..choice.clone() };
            let address = escape(&with_language(&next.path(), language));
            format!("<p><a href=\"{address}\">{} ({left})</a>", language.say(NEXT))
        }
    };
    let none = if lines.is_empty() { language.say(NONE_HERE) } else { "" };
    frame(&format!("{above}{table}{none}{next}{below}"))
}

/// Head of a table, and a line in it.
struct Line {
    part: Part,
    html: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rivers,
    Rain,
    Wind,
}

/// As many lines as fit, from the one after `skip` on; how many they are. One is shown whatever it costs.
fn fill(lines: &[Line], language: Language, skip: usize, room: usize) -> (String, usize) {
    // The link to what comes next, and the end of a table.
    const REST: usize = 120;
    let (mut html, mut shown, mut part) = (String::new(), 0, None);
    for line in lines.iter().skip(skip) {
        let head = if part == Some(line.part) { String::new() } else { head(line.part, language) };
        let end = if part.is_some() && !head.is_empty() { "</table>" } else { "" };
        if shown > 0 && html.len() + head.len() + end.len() + line.html.len() + REST > room {
            break;
        }
        html.push_str(end);
        html.push_str(&head);
        html.push_str(&line.html);
        (part, shown) = (Some(line.part), shown + 1);
    }
    if shown > 0 {
        html.push_str("</table>");
    }
    (html, shown)
}

fn head(part: Part, language: Language) -> String {
    let (title, columns): (Both, &[Both]) = match part {
        Part::Rivers => (RIVERS, &[STATION, RIVERS, STANDING, TREND, RAIN_MM, OBSERVED]),
        Part::Rain => (RAIN_MM, &[STATION, HOUR, DAY, OBSERVED]),
        Part::Wind => (WIND, &[STATION, FORCE, GUST, OBSERVED]),
    };
    let note = match part {
        Part::Rivers => format!(" <small>({})</small>", language.say(WORST_FIRST)),
        Part::Rain | Part::Wind => String::new(),
    };
    let class = if part == Part::Rivers { " class=c" } else { "" };
    let mut html = format!("<h2>{}{note}</h2><table{class}><thead><tr>", language.say(title));
    for (index, column) in columns.iter().enumerate() {
        let numbers = part != Part::Rivers && index > 0;
        let class = if numbers { " class=n" } else { "" };
        let _ = write!(html, "<th{class}>{}", language.say(*column));
    }
    html.push_str("<tbody>");
    html
}

fn lines(sight: &Sight, language: Language, choice: &Choice) -> Vec<Line> {
    let wanted = |station: &Station| choice.takes(station);
    let mut lines = Vec::new();
    for row in rows::rivers(sight, wanted) {
        lines.push(Line { part: Part::Rivers, html: river(sight, language, &row) });
    }
    // A river station tells of its rain in its own line.
    let wanted =
        |station: &Station| choice.takes(station) && !rows::measures(station, &["water_level"]);
    for row in rows::rain(sight, wanted) {
        lines.push(Line { part: Part::Rain, html: sky(sight, language, &row, 1, "0") });
    }
    for row in rows::wind(sight, |station| choice.takes(station)) {
        lines.push(Line { part: Part::Wind, html: sky(sight, language, &row, 0, "–") });
    }
    lines
}

fn river(sight: &Sight, language: Language, row: &River<'_>) -> String {
    let class = match (row.level, row.stale) {
        (_, true) => " class=old".to_owned(),
        (Some(level @ 1..), false) => format!(" class=l{level}"),
        _ => String::new(),
    };
    let river = row.station.river.as_ref();
    let river = river.and_then(|id| sight.pack.rivers.iter().find(|river| river.id == *id));
    let value = match (row.value, row.newest) {
        (Some(value), _) => format!("<b>{} m</b>{}", language.number(value, 2), sensor(row)),
        (None, Some(_)) => language.say(BAD).to_owned(),
        (None, None) => language.say(NO_VALUE).to_owned(),
    };
    let rain = [("rain_1h", HOUR), ("rain_24h", DAY)].map(|(name, window)| {
        let sum = sight.latest(&row.station.id, name);
        let sum = sum.map(|sum| amount(language, &sum, 1))?;
        Some(format!("<small>{}:</small> {sum}", language.say(window)))
    });
    let rain: Vec<_> = rain.into_iter().flatten().collect();
    format!(
        "<tr{class}><th>{}<br>{}<td>{value}<td>{}<td>{}<td>{}<td>{}",
        link(row.station, language),
        river.map_or_else(String::new, |river| escape(&river.name)),
        standing(language, row),
        if row.value.is_some() { language.trend(row.rate) } else { "–".to_owned() },
        if rain.is_empty() { "–".to_owned() } else { rain.join(" · ") },
        observed(sight, language, row.newest, row.station, row.stale),
    )
}

/// ` (radar)` when it is not the main sensor that is shown.
pub(super) fn sensor(row: &River<'_>) -> String {
    row.sensor.map_or_else(String::new, |sensor| format!(" <small>({sensor})</small>"))
}

/// Level, nearest báo động and the distance to each, with what makes it unsure.
fn standing(language: Language, row: &River<'_>) -> String {
    if row.levels.is_empty() {
        return language.say(NO_LEVELS).to_owned();
    }
    let mut html =
        row.level.map_or_else(|| "?".to_owned(), |level| language.level(level).to_owned());
    if let Some((value, (near, difference))) =
        row.value.and_then(|value| Some((value, nearest(value, &row.levels)?)))
    {
        let compare = language.compare(&escape(&near.name), difference);
        match row.level {
            // That it is below the first level is said once.
            Some(0) => html = format!("○ {compare}"),
            _ => html.push_str(&format!(", {compare}")),
        }
        let stages = row.levels.iter().filter(|level| level.level.0 <= 3);
        let far = stages.map(|level| {
            format!("{} {}", escape(&level.name), language.signed(value - level.value, 2))
        });
        let _ = write!(html, "<br><small>{} m</small>", far.collect::<Vec<_>>().join("; "));
    }
    for (says, words) in [(row.provisional, PROVISIONAL), (row.blind, BLIND)] {
        if says {
            let _ = write!(html, " <b>({})</b>", language.say(words));
        }
    }
    html
}

fn sky(sight: &Sight, language: Language, row: &Sky<'_>, decimals: u8, none: &str) -> String {
    let class = if row.stale { " class=old" } else { "" };
    let value = |reading: Option<CheckedReading>| {
        let known = reading.filter(|reading| reading.value.is_some());
        match known {
            Some(reading)
                if decimals == 1
                    && reading.usable() == Some(0.0)
                    && reading.completeness == 100 =>
            {
                none.to_owned()
            }
            Some(reading) => amount(language, &reading, decimals),
            None => "–".to_owned(),
        }
    };
    format!(
        "<tr{class}><th>{}<td class=n>{}<td class=n>{}<td class=n>{}",
        link(row.station, language),
        value(row.first),
        value(row.second),
        observed(sight, language, row.first.or(row.second), row.station, row.stale),
    )
}

/// A sum with what it lacks: `≥ 82,4 (80%)`; what is in doubt is said to be.
pub(super) fn amount(language: Language, reading: &CheckedReading, decimals: u8) -> String {
    let Some(value) = reading.usable() else { return language.say(BAD).to_owned() };
    let number = language.number(value, decimals);
    let doubt = match reading.verdict.flag {
        // A sum over less than its window is in doubt for that reason alone.
        QcFlag::Suspect if reading.completeness == 100 => format!(" ({})", language.say(DOUBTFUL)),
        _ => String::new(),
    };
    match reading.completeness {
        100 => format!("{number}{doubt}"),
        share => format!("≥ {number} ({share}%)"),
    }
}

fn link(station: &Station, language: Language) -> String {
    let address = with_language(&station_path(&station.id), language);
    format!("<a href=\"{}\">{}</a>", escape(&address), escape(&station.name))
}

pub(super) fn station_path(id: &StationId) -> String {
    format!("/nhe/tram/{id}")
}

/// When it was observed; how far behind that is, and whether it is too old to go by.
pub(super) fn observed(
    sight: &Sight,
    language: Language,
    newest: Option<CheckedReading>,
    station: &Station,
    stale: bool,
) -> String {
    let Some(newest) = newest else {
        return if stale { language.say(SILENT).to_owned() } else { "–".to_owned() };
    };
    let age = sight.now - newest.observed_at;
    let clock = Language::clock(newest.observed_at, sight.now);
    let late = newest.observed_at + station.interval + Span::minutes(5) < sight.now;
    match (stale, late) {
        (true, _) => format!("{clock} <b>{}</b>, {}", language.say(STALE), language.behind(age)),
        (false, true) => format!("{clock}, {}", language.behind(age)),
        (false, false) => clock,
    }
}

/// What is in force, then what has run out and was not replaced: that one is no warning of now.
fn warnings(html: &mut String, sight: &Sight, language: Language) {
    let over = |message: &WarningMessage| message.expires_at < sight.now;
    let all = sight.stored.warnings.iter().map(|(_, message)| message);
    let (overdue, in_force): (Vec<_>, Vec<_>) = all.partition(|message| over(message));
    if in_force.is_empty() {
        let _ = write!(html, "<p>{}", language.say(NO_WARNING));
    }
    let from = html.len();
    for (title, part) in [(WARNINGS, in_force), (OVERDUE, overdue)] {
        if part.is_empty() {
            continue;
        }
        let _ = write!(html, "<h2>{} ({})</h2>", capital(language.say(title)), part.len());
        for (index, message) in part.iter().enumerate() {
            let spent = html.len() - from;
            if spent > ALL_WARNINGS {
                let address = escape(&with_language("/cap/feed.atom", Language::Vietnamese));
                let (left, words) = (part.len() - index, language.say(MORE_WARNINGS));
                let _ = write!(html, "<p><a href=\"{address}\">+ {left} {words} (Atom/CAP)</a>");
                break;
            }
            warning(html, sight, language, message, spent < WHOLE_WARNINGS);
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn warning(
    html: &mut String,
    sight: &Sight,
    language: Language,
    message: &WarningMessage,
    whole: bool,
) {
    let said = language.of_text(&message.text);
    let flood = message.hazard == "flood"
        && message.evidence.iter().any(|one| one.parameter.as_str() == "water_level");
    let level = match flood {
        true => language.level(message.level.0).to_owned(),
        false => format!("⚠ {} {}", language.of("mức", "level"), message.level.0),
    };
    let address = escape(&with_language(&warning_path(message), language));
    let _ = write!(
        html,
        "<div class=w><h3>{level} · <a href=\"{address}\">{}</a></h3>",
        escape(&said.headline)
    );
    if whole {
        let _ = write!(html, "<p><b>{}:</b> {}", language.say(DO), escape(&said.instruction));
    }
    let _ = write!(html, "<p><small>{}</small></div>", validity(sight, language, message));
}

pub(super) fn warning_path(message: &WarningMessage) -> String {
    format!("/nhe/canh-bao/{}", message.warning)
}

/// When it was issued, until when it holds, and what makes it unsure.
fn validity(sight: &Sight, language: Language, message: &WarningMessage) -> String {
    let (sent, expires) = (message.sent_at, message.expires_at);
    let mut html = format!(
        "{} {}, {} {}",
        language.say(ISSUED),
        Language::clock(sent, sight.now),
        language.say(HOLDS),
        Language::clock(expires, sight.now),
    );
    let marks =
        [(expires < sight.now, OVERDUE), (message.provisional, PROVISIONAL), (message.late, LATE)];
    for (says, words) in marks {
        if says {
            let _ = write!(html, " · {}", language.say(words));
        }
    }
    html
}

/// A warning with all its words.
pub(super) fn whole_warning(
    sight: &Sight,
    language: Language,
    refresh: u16,
    message: &WarningMessage,
) -> String {
    let said = language.of_text(&message.text);
    let mut body = back(language);
    warning(&mut body, sight, language, message, true);
    for line in said.description.lines().filter(|line| !line.trim().is_empty()) {
        let _ = write!(body, "<p>{}", escape(line));
    }
    let areas: Vec<_> = message.areas.iter().map(|area| escape(&area.name)).collect();
    if !areas.is_empty() {
        let _ = write!(body, "<p><b>{}:</b> {}", language.say(AREAS), areas.join("; "));
    }
    let sent = text::moment(message.sent_at);
    let _ = write!(body, "<p><small>{} · {} {sent}</small>", message.warning, language.say(ISSUED));
    let full = format!("/canh-bao/{}", message.warning);
    let path = warning_path(message);
    page(
        sight,
        language,
        refresh,
        &Here { title: &said.headline, path: &path, full: &full, body: &body },
    )
}

/// The way back to the list.
pub(super) fn back(language: Language) -> String {
    let address = escape(&with_language("/nhe", language));
    format!("<p><a href=\"{address}\">← {}</a>", language.say(BACK))
}

/// Links to each river with how many stations it has.
fn by_river(sight: &Sight, language: Language) -> String {
    let count = |river: Option<&str>| {
        sight.pack.stations.values().filter(|one| one.river.as_deref() == river).count()
    };
    let rivers = sight.pack.rivers.iter();
    let rivers =
        rivers.map(|river| (river.id.as_str(), escape(&river.name), count(Some(&river.id))));
    let others = (NO_RIVER, language.say(OTHERS).to_owned(), count(None));
    let links =
        rivers.chain([others]).filter(|(_, _, count)| *count > 0).map(|(id, name, count)| {
            let choice = Choice { river: Some(id.to_owned()), skip: 0 };
            let address = escape(&with_language(&choice.path(), language));
            format!("<a href=\"{address}\">{name} ({count})</a>")
        });
    let links: Vec<_> = links.collect();
    format!("<p>{}: {}", language.say(BY_RIVER), links.join(" · "))
}

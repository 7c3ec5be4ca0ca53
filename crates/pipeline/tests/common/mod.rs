//! A small invented river for tests: three stations, one basin, báo động 6/7/8 m, and a world to run it in.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use domain::{
    AlarmRecord, Arrival, ArrivalBody, CheckedReading, Command, Condition, Decision, MessageKind,
    Outcome, PackFiles, Processor, Realm, Review, ReviewedPoint, SeriesKey, Span, StationHealth,
    Time, Transition, Warning, WarningMessage,
};
use pack::Pack;
use pipeline::Pipeline;

pub(crate) const START: i64 = 1_763_316_000_000; // 2025-11-17T01:00:00+07:00

pub(crate) fn t(minutes: i64) -> Time {
    Time::from_millis(START) + Span::minutes(minutes)
}

/// The pack, with one text replaced, to make variants.
pub(crate) fn pack_with(edit: &[(&str, &str, &str)]) -> PackFiles {
    let mut files = PackFiles::new();
    for (name, text) in FILES {
        files.insert((*name).to_owned(), (*text).to_owned());
    }
    for language in ["vi", "en"] {
        files.insert(format!("texts.{language}.toml"), texts());
    }
    for (file, from, to) in edit {
        let text = files.get_mut(*file).unwrap();
        assert!(text.contains(from), "{from} is not in {file}");
        *text = text.replace(from, to);
    }
    files
}

pub(crate) fn pack() -> PackFiles {
    let files = pack_with(&[]);
    if let Err(faults) = Pack::parse(&files) {
        panic!("{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>());
    }
    files
}

fn texts() -> String {
    let mut text = String::new();
    for hazard in ["flood", "rain", "storm", "technical"] {
        text += &format!(
            "[{hazard}]\nevent = \"{hazard}\"\n[{hazard}.headline]\nissue = \"{hazard} {{episode}} {{level}}: {{leading}}\"\n\
             update = \"update {{episode}} {{level}}: {{leading}}\"\nend = \"end {{episode}}\"\ncancel = \"cancel {{episode}}\"\n\
             [{hazard}.level]\n1 = \"L1\"\n2 = \"L2\"\n3 = \"L3\"\n4 = \"L4\"\n\
             [{hazard}.instruction]\n1 = \"a\"\n2 = \"b\"\n3 = \"c\"\n4 = \"d\"\nend = \"e\"\n"
        );
    }
    text = text.replace("[flood.level]\n", "[flood.level]\nrise = \"RISE\"\n");
    text = text.replace("[flood.instruction]\n", "[flood.instruction]\nrise = \"r\"\n");
    text + r#"
[leading]
rain = "{station} {value} mm/{window}"
wind = "{station} cấp {value}"
intake = "mọi trạm"
[line]
stage = "{station}, {river}: {value} m lúc {clock}, {compare}, {trend}"
rain = "{station}: mưa {window} {at_least}{value} mm đến {clock} ({completeness} %)"
rise = "{station} lên {value} cm/h lúc {clock}"
wind = "{station} {kind} {value} m/s cấp {force} lúc {clock}"
other = "{station} {parameter} {value} {unit} {clock} {threshold}"
silent = "{station} im lặng từ {since}"
clock_wrong = "{station} sai giờ"
battery_low = "{station} pin yếu"
sends_nonsense = "{station} gửi số liệu vô lý"
sensor_silent = "{station} mất {parameter}"
implausible = "{station} {parameter} {value} {unit} không thể có"
blind = "{basin} mù {silent}/{total}"
intake = "không nhận được gì từ {since}"
combined = "{basin} {name}"
[compare]
above = "trên {name} {diff} m"
below = "dưới {name} {diff} m"
equal = "ở mức {name}"
[trend]
rising = "đang lên {rate} cm/h"
falling = "đang xuống {rate} cm/h"
steady = "ít đổi"
unknown = "chưa rõ xu thế"
[wind]
mean = "gió"
gust = "giật"
[phrase]
at_least = "ít nhất "
since = "Từ {moment}."
eta = "{station} đạt {name} lúc {clock}."
provisional = "TẠM THỜI."
late = "SỐ LIỆU ĐẾN MUỘN."
blind = "Mất số liệu."
end = "Hết. {reason}"
cancel = "Hủy: {reason}"
test = "Thử: {remark}"
exercise = "DIỄN TẬP."
record = "Cách {name} {diff} m."
"#
}

const FILES: &[(&str, &str)] = &[
    (
        "pack.toml",
        r#"
name = "test"
title_vi = "Thử"
title_en = "Test"
oldest = "2010-01-01T00:00:00+07:00"
future_tolerance = "10min"
reorder_hold = "5min"
clock_tolerance = "1h"
nonsense_messages = 10
sentinels = [-999.0, 9999.0, 6999.0]
rise_min = "30min"
rise_window = "1h"
rise_max = "3h"
basin_grace = "5min"
"#,
    ),
    (
        "parameters.toml",
        r#"
[[parameter]]
id = "water_level"
name_vi = "mực nước"
name_en = "stage"
unit = "m"
decimals = 2
kind = "instant"
[[parameter]]
id = "rain"
name_vi = "mưa"
name_en = "rain"
unit = "mm"
decimals = 1
kind = "amount"
[[parameter]]
id = "rain_counter"
name_vi = "đếm mưa"
name_en = "rain counter"
unit = "mm"
decimals = 1
kind = "counter"
feeds = "rain"
rolls_over_at = 1000.0
[[parameter]]
id = "battery"
name_vi = "pin"
name_en = "battery"
unit = "V"
decimals = 1
kind = "instant"
[[parameter]]
id = "wind_speed"
name_vi = "gió"
name_en = "wind"
unit = "m/s"
decimals = 1
kind = "instant"
[[parameter]]
id = "wind_force"
name_vi = "cấp gió"
name_en = "wind force"
unit = "1"
decimals = 0
kind = "instant"
[[parameter]]
id = "water_level_rise"
name_vi = "cường suất"
name_en = "rate of rise"
unit = "cm/h"
decimals = 0
kind = "instant"
[[parameter]]
id = "rain_1h"
name_vi = "mưa 1 giờ"
name_en = "rain 1 h"
unit = "mm"
decimals = 1
kind = "amount"
window = "1h"
[[parameter]]
id = "rain_day"
name_vi = "mưa ngày"
name_en = "rain day"
unit = "mm"
decimals = 1
kind = "amount"
[[parameter]]
id = "basin_rain_1h"
name_vi = "mưa lưu vực 1 giờ"
name_en = "basin rain 1 h"
unit = "mm"
decimals = 1
kind = "amount"
window = "1h"
"#,
    ),
    (
        "stations.toml",
        r#"
[[river]]
id = "song"
name = "sông Thử"
[[station]]
id = "tren"
name = "Trên"
river = "song"
basin = "vung"
parameters = ["water_level", "rain", "battery"]
interval = "1min"
silent_after = "30min"
battery_low = 11.5
source = "test"
[[station]]
id = "duoi"
name = "Dưới"
river = "song"
basin = "vung"
parameters = ["water_level", "rain_counter"]
sensors = ["radar"]
interval = "1min"
silent_after = "30d"
source = "test"
[[station]]
id = "gio"
name = "Gió"
basin = "vung"
parameters = ["wind_speed"]
interval = "1min"
silent_after = "30d"
source = "test"
"#,
    ),
    (
        "basins.toml",
        r#"
[[basin]]
id = "vung"
name = "lưu vực Thử"
area_km2 = 100.0
quorum = 0.5
step = "10min"
source = "test"
"#,
    ),
    (
        "levels.toml",
        r#"
[[level]]
station = "tren"
parameter = "water_level"
level = 1
name = "BĐ1"
value = 6.0
source = "test"
confidence = "H"
[[level]]
station = "tren"
parameter = "water_level"
level = 2
name = "BĐ2"
value = 7.0
source = "test"
confidence = "H"
[[level]]
station = "tren"
parameter = "water_level"
level = 3
name = "BĐ3"
value = 8.0
source = "test"
confidence = "H"
[[level]]
station = "duoi"
parameter = "water_level"
level = 1
name = "BĐ1"
value = 3.0
source = "test"
confidence = "H"
"#,
    ),
    (
        "quality.toml",
        r#"
[[limits]]
parameter = "water_level"
source = "test"
[limits.limits.gross]
fail_min = -1.0
fail_max = 15.0
[limits.limits.rate]
suspect = 2.0
per = "10min"
[[limits]]
parameter = "rain"
source = "test"
[limits.limits.gross]
fail_min = 0.0
fail_max = 100.0
[[limits]]
parameter = "wind_speed"
source = "test"
[limits.limits.gross]
fail_min = 0.0
fail_max = 75.0
"#,
    ),
    (
        "rules.toml",
        r#"
[[rule]]
id = "stage"
name_vi = "mực nước"
name_en = "stage"
hazard = "flood"
source = "test"
[rule.watch]
kind = "threshold"
parameter = "water_level"
clear_margin = 0.1
clear_hold = "10min"
max_gap = "90s"
confirm_readings = 3
[[rule]]
id = "rain"
name_vi = "mưa"
name_en = "rain"
hazard = "rain"
source = "test"
[rule.watch]
kind = "threshold"
parameter = "rain_1h"
levels = [{ level = 1, name = "30 mm/h", raise = 30.0, clear = 20.0 }]
clear_hold = "10min"
max_gap = "90s"
[[rule]]
id = "basin-rain"
name_vi = "mưa lưu vực"
name_en = "basin rain"
hazard = "rain"
source = "test"
[rule.watch]
kind = "threshold"
parameter = "basin_rain_1h"
levels = [{ level = 2, name = "25 mm/h", raise = 25.0, clear = 15.0 }]
clear_hold = "30min"
max_gap = "15min"
[[rule]]
id = "both"
name_vi = "mưa lũ"
name_en = "rain and flood"
hazard = "flood"
source = "test"
[rule.watch]
kind = "combined"
level = 2
conditions = [{ rule = "rain", level = 1 }, { rule = "stage", level = 1 }]
[[rule]]
id = "station"
name_vi = "trạm"
name_en = "station"
hazard = "technical"
source = "test"
[rule.watch]
kind = "station"
[[rule]]
id = "blind"
name_vi = "mù"
name_en = "blind"
hazard = "technical"
source = "test"
[rule.watch]
kind = "blindness"
share = 0.6
[[rule]]
id = "intake"
name_vi = "cửa nhận"
name_en = "intake"
hazard = "technical"
source = "test"
[rule.watch]
kind = "intake"
after = "60min"
"#,
    ),
    (
        "episodes.toml",
        r#"
[[episode]]
id = "song"
name_vi = "sông Thử"
name_en = "Test river"
hazard = "flood"
rivers = ["song"]
basins = ["vung"]
[[episode]]
id = "mua"
name_vi = "mưa Thử"
name_en = "Test rain"
hazard = "rain"
all = true
[[episode]]
id = "may"
name_vi = "kỹ thuật"
name_en = "technical"
hazard = "technical"
all = true
"#,
    ),
    ("areas.toml", ""),
    ("agencies.toml", ""),
    (
        "policy.toml",
        r#"
[[policy]]
hazard = "flood"
level = 1
expires_after = "30d"
[[policy]]
hazard = "flood"
level = 3
auto_issue_after = "15min"
expires_after = "30d"
receipt_within = "10min"
[[policy]]
hazard = "rain"
level = 1
expires_after = "30d"
[[policy]]
hazard = "technical"
level = 1
auto_issue_after = "0s"
auto_end_after = "0s"
expires_after = "30d"
auto_issue_in_exercise = true
"#,
    ),
    (
        "recipients.toml",
        r#"
[[actual]]
id = "truc-ban"
name = "Trực ban"
role = "duty_officer"
channels = [{ kind = "email", address = "truc-ban@example.org" }]
[[actual]]
id = "ban-chi-huy"
name = "Ban Chỉ huy"
role = "committee"
channels = [{ kind = "email", address = "bch@example.org" }, { kind = "cap" }]
[[exercise]]
id = "truc-ban"
name = "Trực ban diễn tập"
role = "duty_officer"
channels = [{ kind = "email", address = "dien-tap@example.net" }]
[[exercise]]
id = "hoc-vien"
name = "Học viên"
role = "committee"
channels = [{ kind = "email", address = "hoc-vien@example.net" }]
"#,
    ),
    (
        "beaufort.toml",
        r#"
[[force]]
force = 0
from_mps = 0.0
source = "test"
[[force]]
force = 8
from_mps = 17.2
source = "test"
"#,
    ),
];

/// Warnings of floods go out and end by themselves.
pub(crate) const ENDS: (&str, &str, &str) = (
    "policy.toml",
    "level = 1\nexpires_after = \"30d\"\n[[policy]]\nhazard = \"flood\"\nlevel = 3",
    "level = 1\nauto_issue_after = \"1min\"\nauto_end_after = \"5min\"\nexpires_after = \"30d\"\n[[policy]]\nhazard = \"flood\"\nlevel = 3\nauto_end_after = \"5min\"",
);

/// What a station publishes.
pub(crate) fn telemetry(station: &str, payload: &str, retained: bool, dup: bool) -> ArrivalBody {
    let topic = format!("quantrac/v1/{station}/telemetry");
    let (station, payload) = (station.parse().unwrap(), payload.as_bytes().to_vec());
    ArrivalBody::Telemetry { station, topic, payload, retained, dup, again: None }
}

/// A pipeline with its journal, and what came out of each arrival.
pub(crate) struct World {
    pub(crate) pipeline: Pipeline,
    pub(crate) realm: Realm,
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl World {
    pub(crate) fn new(realm: Realm, files: PackFiles) -> Self {
        let pipeline = Pipeline::new(realm);
        let mut world = Self { pipeline, realm, arrivals: Vec::new(), outcomes: Vec::new() };
        world.configure(t(-1), files);
        world
    }

    pub(crate) fn actual() -> Self {
        Self::new(Realm::Actual, pack())
    }

    /// Stamped no earlier than what came before, as a ledger does.
    pub(crate) fn take(&mut self, at: Time, body: ArrivalBody) -> &Outcome {
        let last = self.now().map_or(at, |last| last.max(at));
        let arrival = Arrival { seq: self.arrivals.len() as u64 + 1, received_at: last, body };
        self.outcomes.push(self.pipeline.apply(&arrival));
        self.arrivals.push(arrival);
        self.outcomes.last().unwrap()
    }

    /// When the last arrival came.
    pub(crate) fn now(&self) -> Option<Time> {
        self.arrivals.last().map(|last| last.received_at)
    }

    pub(crate) fn configure(&mut self, at: Time, files: PackFiles) -> &Outcome {
        self.take(at, ArrivalBody::Config { by: "test".to_owned(), files, reason: None })
    }

    /// A message received at that time.
    pub(crate) fn send(&mut self, at: Time, station: &str, payload: &str) -> &Outcome {
        self.take(at, telemetry(station, payload, false, false))
    }

    /// A message that a station sends again because no acknowledgement came.
    pub(crate) fn send_again(&mut self, at: Time, station: &str, payload: &str) -> &Outcome {
        self.take(at, telemetry(station, payload, false, true))
    }

    /// A stage of `tren`, observed at that minute and received two seconds later.
    pub(crate) fn stage(&mut self, minute: i64, metres: f64) -> &Outcome {
        self.send(t(minute) + Span::seconds(2), "tren", &stage(minute, metres))
    }

    /// Lets come due what does up to a time, each at its own, as the ledger does.
    pub(crate) fn pass(&mut self, until: Time) {
        let mut last = None;
        while let Some(due) = self.pipeline.next_deadline().filter(|due| *due <= until) {
            assert_ne!(last.replace(due), Some(due), "what was due is due again");
            self.tick(due);
        }
    }

    pub(crate) fn tick(&mut self, at: Time) -> &Outcome {
        self.take(at, ArrivalBody::Tick)
    }

    pub(crate) fn command(&mut self, at: Time, command: Command) -> &Outcome {
        self.take(at, ArrivalBody::Command { user: "truc".to_owned(), command })
    }

    /// The newest version of every reading of a series, as a ledger would show them.
    pub(crate) fn readings(
        &self,
        station: &str,
        parameter: &str,
    ) -> BTreeMap<Time, CheckedReading> {
        let mut ids = self.outcomes.iter().flat_map(|outcome| &outcome.new_series);
        let of = |key: &SeriesKey| {
            key.station.as_str() == station && key.parameter.as_str() == parameter
        };
        let Some((id, _)) = ids.find(|(_, key)| of(key)) else { return BTreeMap::new() };
        let all = self.outcomes.iter().flat_map(|outcome| &outcome.readings);
        all.filter(|reading| reading.series == *id).map(|r| (r.observed_at, *r)).collect()
    }

    /// A person judges what they see of a series from minute to minute; `value` = the new one of a correction.
    pub(crate) fn review(
        &mut self,
        at: Time,
        (station, parameter): (&str, &str),
        decision: Decision,
        (from, to): (i64, i64),
        value: Option<f64>,
    ) -> &Outcome {
        let review = self.review_of((station, parameter), decision, (from, to), value);
        self.take(at, ArrivalBody::Review { user: "ky-su".to_owned(), review })
    }

    pub(crate) fn review_of(
        &self,
        (station, parameter): (&str, &str),
        decision: Decision,
        (from, to): (i64, i64),
        value: Option<f64>,
    ) -> Review {
        let seen = self.readings(station, parameter);
        let point = |reading: &CheckedReading| ReviewedPoint {
            observed_at: reading.observed_at,
            seen: reading.value,
            flag: reading.verdict.flag,
            failed: reading.verdict.failed,
            value,
        };
        let points = seen.range(t(from)..=t(to)).map(|(_, reading)| point(reading)).collect();
        let series = SeriesKey {
            station: station.parse().unwrap(),
            parameter: parameter.parse().unwrap(),
            sensor: domain::SensorId::main(),
        };
        Review { series, decision, reason: "đã gọi người quan trắc".to_owned(), points }
    }

    /// Stops and starts: only the checkpoint survives.
    pub(crate) fn restart(&mut self) {
        let checkpoint = self.pipeline.checkpoint();
        self.pipeline = Pipeline::new(self.realm);
        self.pipeline.restore(&checkpoint).unwrap();
    }

    pub(crate) fn transitions(&self, rule: &str) -> Vec<&Transition> {
        let all = self.outcomes.iter().flat_map(|outcome| &outcome.transitions);
        all.filter(|transition| transition.rule.as_str() == rule).collect()
    }

    pub(crate) fn messages(&self) -> Vec<&WarningMessage> {
        self.outcomes.iter().flat_map(|outcome| &outcome.messages).collect()
    }

    /// The alarm of a rule as it last was.
    pub(crate) fn alarm(&self, rule: &str, target: &str) -> Option<&AlarmRecord> {
        let mut all = self.outcomes.iter().flat_map(|outcome| &outcome.alarms);
        all.rfind(|alarm| alarm.rule.as_str() == rule && alarm.target.as_str() == target)
    }

    /// The last that was told of a station.
    pub(crate) fn health(&self, station: &str) -> Option<StationHealth> {
        let mut all = self.outcomes.iter().flat_map(|outcome| &outcome.health);
        all.rfind(|health| health.station.as_str() == station).cloned()
    }

    /// What is wrong with a station.
    pub(crate) fn conditions(&self, station: &str) -> Vec<Condition> {
        let all = self.health(station).into_iter().flat_map(|health| health.conditions);
        all.map(|(what, _)| what).collect()
    }

    /// What went out about a hazard.
    pub(crate) fn sent(&self, hazard: &str) -> Vec<&WarningMessage> {
        self.messages().into_iter().filter(|message| message.hazard == hazard).collect()
    }

    /// Ends of a flood that went out, or are to by themselves.
    pub(crate) fn ends(&self) -> usize {
        let sent = self.sent("flood").into_iter().filter(|m| m.kind == MessageKind::End).count();
        let warnings = self.outcomes.iter().flat_map(|outcome| &outcome.warnings);
        let drafts = warnings.filter_map(|warning| warning.draft.as_ref());
        sent + drafts.filter(|d| d.kind == MessageKind::End && d.auto_at.is_some()).count()
    }

    /// The warnings of an episode as they last were, in order of their names.
    pub(crate) fn warnings(&self, episode: &str) -> Vec<&Warning> {
        let mut last = std::collections::BTreeMap::new();
        for warning in self.outcomes.iter().flat_map(|outcome| &outcome.warnings) {
            if warning.episode.as_str() == episode {
                last.insert(warning.id.clone(), warning);
            }
        }
        last.into_values().collect()
    }

    /// Everything about warnings as it would be stored, without what is technical.
    pub(crate) fn record(&self, hazard: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for outcome in &self.outcomes {
            for warning in outcome.warnings.iter().filter(|w| w.hazard == hazard) {
                lines.push(format!("{warning:?}"));
            }
            for message in outcome.messages.iter().filter(|m| m.hazard == hazard) {
                lines.push(format!("{message:?}"));
            }
            let mine = |n: &&domain::Notice| n.body.message().hazard == hazard;
            lines.extend(outcome.notices.iter().filter(mine).map(|notice| notice.id.clone()));
        }
        lines
    }
}

pub(crate) fn stage(minute: i64, metres: f64) -> String {
    format!(r#"{{"time":"{}","readings":{{"water_level":{metres:.2}}}}}"#, t(minute))
}

pub(crate) fn rain(minute: i64, mm: f64) -> String {
    format!(r#"{{"time":"{}","readings":{{"rain":{mm:.1}}}}}"#, t(minute))
}

//! What the keys of the form mean, however they are written.

use domain::form::bare;

/// What a key of an entry means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKey {
    /// `time`.
    Time,
    /// Another name that can only be meant as the time of the observation.
    AlsoTime,
    /// `readings`.
    Readings,
    /// Known to have nothing to do with when: what stations say of themselves.
    Aside,
    /// Not known, so it may be the time under another name.
    Unknown,
}

/// A key of a reading that is an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadingKey {
    Value,
    Unit,
    Sensor,
    Quality,
}

/// Other names of the time, in the form of [`joined`]. When a thing was received or sent is not among them.
const TIMES: [&str; 27] = [
    "timestamp",
    "ts",
    "t",
    "date",
    "datetime",
    "timeutc",
    "utctime",
    "epoch",
    "unixtime",
    "eventtime",
    "observed",
    "observedat",
    "observationtime",
    "obstime",
    "measuredat",
    "measurementtime",
    "sampletime",
    "sampledat",
    "recordedat",
    "readingtime",
    "phenomenontime",
    "datatime",
    "at",
    "thoigian",
    "thoidiem",
    "ngaygio",
    "gio",
];

/// What stations say of themselves beside their readings, in the form of [`joined`].
const ASIDE: [&str; 48] = [
    "id",
    "name",
    "ten",
    "station",
    "stationid",
    "tram",
    "matram",
    "device",
    "deviceid",
    "devicename",
    "deveui",
    "serial",
    "serialnumber",
    "sn",
    "imei",
    "imsi",
    "iccid",
    "model",
    "type",
    "version",
    "firmware",
    "fw",
    "fwversion",
    "schema",
    "battery",
    "batteryvoltage",
    "vbat",
    "pin",
    "rssi",
    "snr",
    "csq",
    "signal",
    "gps",
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "location",
    "position",
    "altitude",
    "elevation",
    "seq",
    "sequence",
    "fcnt",
    "status",
    "note",
    "remark",
];

/// What that key of an entry means.
pub(crate) fn of_entry(key: &str) -> EntryKey {
    match key {
        "time" => return EntryKey::Time,
        "readings" => return EntryKey::Readings,
        _ => {}
    }
    let key = joined(key);
    match key.as_str() {
        "time" => EntryKey::Time,
        "readings" => EntryKey::Readings,
        key if TIMES.contains(&key) => EntryKey::AlsoTime,
        key if ASIDE.contains(&key) => EntryKey::Aside,
        _ => EntryKey::Unknown,
    }
}

/// What that key of a reading means; `None` = it is none.
pub(crate) fn of_reading(key: &str) -> Option<ReadingKey> {
    match key {
        "value" => Some(ReadingKey::Value),
        "unit" => Some(ReadingKey::Unit),
        "sensor" => Some(ReadingKey::Sensor),
        "quality" => Some(ReadingKey::Quality),
        other => match &*joined(other) {
            same if same == other => None,
            plain @ ("value" | "unit" | "sensor" | "quality") => of_reading(plain),
            _ => None,
        },
    }
}

/// The key as one word: without capitals, marks, spaces, underscores and hyphens.
fn joined(key: &str) -> String {
    bare(key).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_however_they_are_written() {
        let check = |expected: EntryKey, keys: &[&str]| {
            for key in keys {
                assert_eq!(of_entry(key), expected, "{key:?}");
            }
        };
        check(EntryKey::Time, &["time", "Time", "TIME", " time "]);
        check(EntryKey::Readings, &["readings", "Readings", "READINGS"]);
        check(
            EntryKey::AlsoTime,
            &["ts", "TS", "timestamp", "timeStamp", "observed_at", "observedAt"],
        );
        check(
            EntryKey::AlsoTime,
            &["thời gian", "Thời_Gian", "tho\u{31b}\u{300}i gian", "date-time"],
        );
        check(EntryKey::Aside, &["battery", "gps", "Station_ID", "stationId"]);
        check(EntryKey::Unknown, &["when", "luc", "received_at", "", "readings2"]);
        assert_eq!(of_reading("Value"), Some(ReadingKey::Value));
        assert_eq!(of_reading("UNIT"), Some(ReadingKey::Unit));
        assert_eq!(of_reading("units"), None);
    }
}

//! How stations are, in JSON; see [`super::words`].
#![expect(dead_code, reason = "only their descriptions are used")]

use utoipa::ToSchema;

/// How a station is.
#[derive(ToSchema)]
pub(crate) struct StationHealth {
    station: String,
    connected: Option<bool>,
    #[schema(format = DateTime)]
    last_received: Option<String>,
    #[schema(format = DateTime)]
    last_observed: Option<String>,
    /// Pairs of `silent`, `clock_wrong`, `battery_low`, `sends_nonsense`,
    /// `sensor_silent`, `implausible` or `maintenance_over`, and since when.
    conditions: Vec<(String, String)>,
    battery_volts: Option<f64>,
    messages: u64,
    set_aside: u64,
    duplicates: u64,
    /// Null = nobody works on it. As long as somebody does, its faults are not told, its values lower no level, and its
    /// flood alarms go on.
    maintenance: Option<Maintenance>,
}

/// Work on a station that somebody announced.
#[derive(ToSchema)]
pub(crate) struct Maintenance {
    /// Who announced it; `staff` for everybody who is not signed in.
    by: String,
    /// What is done there.
    reason: String,
    #[schema(format = DateTime)]
    since: String,
    /// Null = until somebody says that it is over.
    #[schema(format = DateTime)]
    until: Option<String>,
}

//! Series computed from others: sums of rain, rate of rise, distance to alarm levels, wind force, basin means.

mod basin;
mod instant;
mod rain;

use domain::Parameter;
use domain::parameter::Kind;

pub(crate) use basin::{BasinState, mean};
pub(crate) use instant::{over, rise};
pub use rain::day_of;
pub(crate) use rain::{Rain, Report, slack};

/// Derived series of a measured one; the place in this list is the slot of its number.
pub(crate) const DERIVED: [&str; 15] = [
    "rain_10min",
    "rain_1h",
    "rain_3h",
    "rain_6h",
    "rain_12h",
    "rain_24h",
    "rain_72h",
    "rain_day",
    "water_level_rise",
    "water_level_over_bd1",
    "water_level_over_bd2",
    "water_level_over_bd3",
    "wind_force",
    "gust_force",
    "rain",
];
/// Slots of the rain sums with a fixed window.
pub(crate) const RAIN_SUMS: std::ops::Range<usize> = 0..7;
pub(crate) const RAIN_DAY: usize = 7;
pub(crate) const RISE: usize = 8;
pub(crate) const OVER_BD: [usize; 3] = [9, 10, 11];
pub(crate) const WIND_FORCE: usize = 12;
pub(crate) const GUST_FORCE: usize = 13;

/// Basin means: parameter and the station sum of the same window, by slot in [`DERIVED`].
pub(crate) const BASIN_RAIN: [(&str, usize); 6] = [
    ("basin_rain_1h", 1),
    ("basin_rain_3h", 2),
    ("basin_rain_6h", 3),
    ("basin_rain_12h", 4),
    ("basin_rain_24h", 5),
    ("basin_rain_72h", 6),
];

/// What is derived from a measured parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Rain,
    Counter,
    Stage,
    WindMean,
    WindGust,
    Battery,
    Other,
}

impl Role {
    pub(crate) fn of(parameter: &Parameter) -> Self {
        match parameter.id.as_str() {
            _ if parameter.kind == Kind::Counter => Self::Counter,
            "rain" => Self::Rain,
            "water_level" => Self::Stage,
            "wind_speed" => Self::WindMean,
            "wind_gust" => Self::WindGust,
            "battery" => Self::Battery,
            _ => Self::Other,
        }
    }
}

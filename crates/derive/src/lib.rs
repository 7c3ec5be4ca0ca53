//! Operators that make a series of others: sums of rain, rate of rise, distance to alarm levels, basin means. Pure: what is
//! remembered between two values is handed in ([`Rain`]), and nobody is asked for the time.
//!
//! * [`Rain`] sums over windows of event time; [`mean`] of a basin's gauges; [`rise`] and [`over`] of a stage
//! * [`DERIVED`] the series that come of them, by their slots

mod instant;
mod mean;
mod rain;

pub use instant::{over, rise};
pub use mean::mean;
pub use rain::{Rain, Report, Sum, day_of, slack};

/// Derived series of a measured one; the place in this list is the slot of its number.
pub const DERIVED: [&str; 15] = [
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
pub const RAIN_SUMS: std::ops::Range<usize> = 0..7;
/// Slot of the sum of the day from 19 h to 19 h.
pub const RAIN_DAY: usize = 7;
/// Slot of the rate of rise.
pub const RISE: usize = 8;
/// Slots of the distances to the alarm levels, ascending.
pub const OVER_BD: [usize; 3] = [9, 10, 11];
/// Slot of the force of the mean wind.
pub const WIND_FORCE: usize = 12;
/// Slot of the force of the gusts.
pub const GUST_FORCE: usize = 13;

/// Basin means: parameter and the station sum of the same window, by slot in [`DERIVED`].
pub const BASIN_RAIN: [(&str, usize); 6] = [
    ("basin_rain_1h", 1),
    ("basin_rain_3h", 2),
    ("basin_rain_6h", 3),
    ("basin_rain_12h", 4),
    ("basin_rain_24h", 5),
    ("basin_rain_72h", 6),
];

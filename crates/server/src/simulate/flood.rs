//! The recorded floods that tests and demonstrations share: which file, which columns, which clock.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use domain::Span;

use super::Recording;
use super::csv::{self, Layout};

/// A recorded flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Flood {
    /// A flashy basin of 920 km², hourly 2004–2008: station `airgr`, discharge (l/s) and rain.
    Airgr,
    /// Kenduskeag Stream, hourly 2014–2016: station `usgs-keag`, stage (ft) and discharge (ft³/s).
    UsgsKeag,
    /// South Chickamauga Creek, hourly 2014–2018: station `usgs-chick`, discharge (ft³/s).
    UsgsChick,
    /// Wangsuk stream, hourly 2014–2021: three stages and two rain gauges, stations `wangsuk-…`.
    Wangsuk,
}

/// The airport rain of both creeks is left out: the unit of its source is unclear.
const AIRGR: &[&str] = &["Q_ls=airgr:discharge:l/s", "P_mm=airgr:rain:mm"];
const USGS_KEAG: &[&str] =
    &["gage_height_ft=usgs-keag:water_level:ft", "discharge_cfs=usgs-keag:discharge:ft3/s"];
const USGS_CHICK: &[&str] = &["discharge_cfs=usgs-chick:discharge:ft3/s"];
const WANGSUK: &[&str] = &[
    "wl_bupyeong_m=wangsuk-bupyeong:water_level:m",
    "wl_naegok_m=wangsuk-naegok:water_level:m",
    "wl_jingwan_m=wangsuk-jingwan:water_level:m",
    "rain_jinjeop_mm=wangsuk-jinjeop:rain:mm",
    "rain_jingwan_mm=wangsuk-jingwan:rain:mm",
];

impl Flood {
    /// Where the file is, under the folder of the floods.
    #[must_use]
    pub fn file(self, floods: &Path) -> PathBuf {
        floods.join(match self {
            Self::Airgr => "airgr_L0123003/L0123003_hourly.csv",
            Self::UsgsKeag => "flowforecast_usgs/01037000_kenduskeag_stream_hourly.csv",
            Self::UsgsChick => "flowforecast_usgs/03567500_south_chickamauga_creek_hourly.csv",
            Self::Wangsuk => "korea_wangsuk/wangsuk_hourly.csv",
        })
    }

    /// Which column is what. American local time is read as standard time all year: the hour that summer
    /// time repeats or leaves out is in the files as a repeated or absent hour, and stays so.
    ///
    /// # Panics
    /// Never: a test reads every layout.
    #[must_use]
    pub fn layout(self) -> Layout {
        let (time_column, hours, mappings) = match self {
            Self::Airgr => ("time", 0, AIRGR),
            Self::UsgsKeag => ("time_local", -5, USGS_KEAG),
            Self::UsgsChick => ("time_local", -5, USGS_CHICK),
            Self::Wangsuk => ("time_kst", 9, WANGSUK),
        };
        let mapping = |text: &&str| text.parse().expect("a test reads every mapping");
        Layout {
            time_column: time_column.to_owned(),
            utc_offset: Span::hours(hours),
            mappings: mappings.iter().map(mapping).collect(),
        }
    }

    /// Reads it from the folder of the floods.
    ///
    /// # Errors
    /// The file is absent or not as described.
    pub fn read(self, floods: &Path) -> Result<Recording> {
        csv::read(&self.file(floods), &self.layout())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_can_be_read() {
        for flood in Flood::value_variants() {
            let stations: Vec<String> =
                flood.layout().mappings.iter().map(|mapping| mapping.station.to_string()).collect();
            assert!(!stations.is_empty(), "{flood:?}");
        }
    }
}

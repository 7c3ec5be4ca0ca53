//! Names of things. Each is a short text of `a-z 0-9 . _ -`, checked where it enters.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, de};

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a name: use 1 to 64 of a-z, 0-9, '.', '_' and '-'")]
pub struct IdError(pub String);

/// Longest name, in bytes.
const LONGEST: usize = 64;

fn checked(text: &str) -> Result<Arc<str>, IdError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(allowed) {
        return Err(IdError(text.chars().take(80).collect()));
    }
    Ok(Arc::from(text))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                checked(text).map(Self)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A station, or a basin that has derived series of its own.
    StationId;
    /// A parameter such as `water_level` or `rain_1h`.
    ParameterId;
    /// One of several sensors of a station for one parameter; `main` when it does not say.
    SensorId;
    /// A rule of the configuration.
    RuleId;
    /// What belongs together: a river, a basin, a storm.
    EpisodeId;
    /// One warning: `{episode}-{yyyymmddThhmm of its onset, Viet Nam time}`.
    WarningId;
    /// Somebody or something that receives notices.
    RecipientId;
}

impl SensorId {
    /// The sensor of a reading that names none.
    #[must_use]
    pub fn main() -> Self {
        static MAIN: LazyLock<SensorId> = LazyLock::new(|| SensorId(Arc::from("main")));
        MAIN.clone()
    }
}

/// A series' number, given in order of first appearance in the journal; dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u32);

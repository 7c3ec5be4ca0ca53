//! Numbers in the two languages.

use domain::text;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Vietnamese,
    English,
}

impl Tongue {
    /// A number with its decimals.
    pub(crate) fn number(self, value: f64, decimals: u8) -> String {
        match self {
            Self::Vietnamese => text::number(value, decimals),
            Self::English => text::number_en(value, decimals),
        }
    }
}

//! What is measured, and units with their conversion to the canonical one.

use serde::{Deserialize, Serialize};

use crate::{ParameterId, Span};

/// A unit as stations and people write it. Conversions are definitions, not measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Metre.
    #[serde(rename = "m")]
    Metre,
    /// Centimetre.
    #[serde(rename = "cm")]
    Centimetre,
    /// Millimetre.
    #[serde(rename = "mm")]
    Millimetre,
    /// Inch, 25.4 mm.
    #[serde(rename = "in")]
    Inch,
    /// International foot, 0.3048 m.
    #[serde(rename = "ft")]
    Foot,
    /// Metre per second.
    #[serde(rename = "m/s")]
    MetrePerSecond,
    /// Kilometre per hour.
    #[serde(rename = "km/h")]
    KilometrePerHour,
    /// Knot, 1852 m per hour.
    #[serde(rename = "kt")]
    Knot,
    /// Degree of arc.
    #[serde(rename = "°")]
    Degree,
    /// Degree Celsius.
    #[serde(rename = "°C")]
    Celsius,
    /// Degree Fahrenheit.
    #[serde(rename = "°F")]
    Fahrenheit,
    /// Kelvin.
    #[serde(rename = "K")]
    Kelvin,
    /// Per cent.
    #[serde(rename = "%")]
    Percent,
    /// Hectopascal.
    #[serde(rename = "hPa")]
    Hectopascal,
    /// Pascal.
    #[serde(rename = "Pa")]
    Pascal,
    /// Volt.
    #[serde(rename = "V")]
    Volt,
    /// Millivolt.
    #[serde(rename = "mV")]
    Millivolt,
    /// Cubic metre per second.
    #[serde(rename = "m3/s")]
    CubicMetrePerSecond,
    /// Litre per second.
    #[serde(rename = "l/s")]
    LitrePerSecond,
    /// Cubic foot per second, 0.3048³ m³/s.
    #[serde(rename = "ft3/s")]
    CubicFootPerSecond,
    /// Centimetre per hour, for the rate of rise.
    #[serde(rename = "cm/h")]
    CentimetrePerHour,
    /// Decibel relative to one milliwatt, for radio signal strength.
    #[serde(rename = "dBm")]
    DecibelMilliwatt,
    /// A number without a unit, such as a Beaufort force.
    #[serde(rename = "1")]
    One,
}

impl Unit {
    /// Every unit with its symbol and the spellings that stations send.
    const SPELLINGS: [(Self, &'static [&'static str]); 23] = [
        (Self::Metre, &["m"]),
        (Self::Centimetre, &["cm"]),
        (Self::Millimetre, &["mm", "kg/m2"]),
        (Self::Inch, &["in", "inch"]),
        (Self::Foot, &["ft"]),
        (Self::MetrePerSecond, &["m/s", "mps"]),
        (Self::KilometrePerHour, &["km/h", "kmh", "kph"]),
        (Self::Knot, &["kt", "kn"]),
        (Self::Degree, &["°", "deg"]),
        (Self::Celsius, &["°C", "C", "degC", "Cel"]),
        (Self::Fahrenheit, &["°F", "F", "degF"]),
        (Self::Kelvin, &["K"]),
        (Self::Percent, &["%", "%RH"]),
        (Self::Hectopascal, &["hPa", "mbar"]),
        (Self::Pascal, &["Pa"]),
        (Self::Volt, &["V"]),
        (Self::Millivolt, &["mV"]),
        (Self::CubicMetrePerSecond, &["m3/s", "m³/s"]),
        (Self::LitrePerSecond, &["l/s", "L/s"]),
        (Self::CubicFootPerSecond, &["ft3/s", "cfs"]),
        (Self::CentimetrePerHour, &["cm/h"]),
        (Self::DecibelMilliwatt, &["dBm"]),
        (Self::One, &["1", ""]),
    ];

    /// The unit a station means by that text, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let found = Self::SPELLINGS.iter().find(|(_, names)| names.contains(&text));
        found.map(|(unit, _)| *unit)
    }

    /// The symbol, as printed.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        let found = Self::SPELLINGS.iter().find(|(unit, _)| *unit == self);
        found.map_or("", |(_, names)| names[0])
    }

    /// `value` in `to`, or `None` when the two measure different things.
    ///
    /// ```
    /// use domain::Unit;
    /// assert_eq!(Unit::Centimetre.convert(800.0, Unit::Metre), Some(8.0));
    /// assert_eq!(Unit::Volt.convert(12.0, Unit::Metre), None);
    /// ```
    #[must_use]
    pub fn convert(self, value: f64, to: Self) -> Option<f64> {
        if self == to {
            return Some(value);
        }
        let (kind, multiply, divide, offset) = self.definition();
        let (to_kind, to_multiply, to_divide, to_offset) = to.definition();
        let base = value * multiply / divide + offset;
        (kind == to_kind).then(|| (base - to_offset) * to_divide / to_multiply)
    }

    /// (what it measures, multiplier, divisor, offset): base = value × multiplier ÷ divisor + offset.
    ///
    /// Multiplier and divisor are kept apart because 800 cm ÷ 100 is exactly 8 m, 800 × 0.01 is not.
    const fn definition(self) -> (u8, f64, f64, f64) {
        match self {
            Self::Metre => (0, 1.0, 1.0, 0.0),
            Self::Centimetre => (0, 1.0, 100.0, 0.0),
            Self::Millimetre => (0, 1.0, 1_000.0, 0.0),
            Self::Inch => (0, 25.4, 1_000.0, 0.0),
            Self::Foot => (0, 0.3048, 1.0, 0.0),
            Self::MetrePerSecond => (1, 1.0, 1.0, 0.0),
            Self::KilometrePerHour => (1, 1.0, 3.6, 0.0),
            Self::Knot => (1, 1_852.0, 3_600.0, 0.0),
            Self::Degree => (2, 1.0, 1.0, 0.0),
            Self::Celsius => (3, 1.0, 1.0, 0.0),
            Self::Fahrenheit => (3, 5.0, 9.0, -160.0 / 9.0),
            Self::Kelvin => (3, 1.0, 1.0, -273.15),
            Self::Percent => (4, 1.0, 1.0, 0.0),
            Self::Hectopascal => (5, 1.0, 1.0, 0.0),
            Self::Pascal => (5, 1.0, 100.0, 0.0),
            Self::Volt => (6, 1.0, 1.0, 0.0),
            Self::Millivolt => (6, 1.0, 1_000.0, 0.0),
            Self::CubicMetrePerSecond => (7, 1.0, 1.0, 0.0),
            Self::LitrePerSecond => (7, 1.0, 1_000.0, 0.0),
            Self::CubicFootPerSecond => (7, 0.028_316_846_592, 1.0, 0.0),
            Self::CentimetrePerHour => (8, 1.0, 1.0, 0.0),
            Self::DecibelMilliwatt => (9, 1.0, 1.0, 0.0),
            Self::One => (10, 1.0, 1.0, 0.0),
        }
    }
}

/// How successive values of a parameter belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The state at an instant (stage, wind speed).
    Instant,
    /// An amount over `(previous, observed_at]` (rain).
    Amount,
    /// A running total that may roll over or be reset (tipping bucket counter).
    Counter,
}

/// A parameter: what it is called, its canonical unit, how it is printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name in messages and series.
    pub id: ParameterId,
    /// Name on screen, Vietnamese.
    pub name_vi: String,
    /// Name on screen, English.
    pub name_en: String,
    /// Values are kept in this unit; a reading without a unit is taken to be in it.
    pub unit: Unit,
    /// Decimals on screen and in texts.
    pub decimals: u8,
    /// Instant, amount or counter.
    pub kind: Kind,
    /// For a derived sum: how long it reaches back.
    #[serde(default)]
    pub window: Option<Span>,
    /// For a counter: the parameter that its increments feed.
    #[serde(default)]
    pub feeds: Option<ParameterId>,
    /// For a counter: the value at which it returns to zero, canonical unit.
    #[serde(default)]
    pub rolls_over_at: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_exactly_where_the_definition_is_exact() {
        let check = |value: f64, from: &str, to: &str, expected: f64| {
            let from = Unit::parse(from).expect("a unit");
            let to = Unit::parse(to).expect("a unit");
            let got = from.convert(value, to).expect("the same kind");
            assert!((got - expected).abs() < 1e-9, "{got} {expected}");
        };
        check(800.0, "cm", "m", 8.0);
        check(1.0, "in", "mm", 25.4);
        check(36.0, "km/h", "m/s", 10.0);
        check(212.0, "°F", "°C", 100.0);
        check(300.0, "K", "°C", 26.85);
        check(1000.0, "cfs", "m3/s", 28.316_846_592);
    }

    #[test]
    fn every_unit_prints_what_it_parses() {
        for (unit, names) in Unit::SPELLINGS {
            assert!(names.iter().all(|name| Unit::parse(name) == Some(unit)));
            assert_eq!(Unit::parse(unit.symbol()), Some(unit));
        }
    }
}

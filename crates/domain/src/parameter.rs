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
    /// Kilopascal.
    #[serde(rename = "kPa")]
    Kilopascal,
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
    /// Every unit with its symbol and the spellings that stations send, in the form of [`plain`] from the second on.
    const SPELLINGS: [(Self, &'static [&'static str]); 24] = [
        (Self::Metre, &["m", "met", "metre", "metres", "meter", "meters", "mh2o", "mwc"]),
        (Self::Centimetre, &["cm", "centimet", "centimetre", "centimeter", "cmh2o", "cmwc"]),
        // A litre on a square metre, a kilogram of water on it, a millimetre of water column: the same millimetre.
        (
            Self::Millimetre,
            &["mm", "milimet", "millimetre", "millimeter", "kg/m2", "l/m2", "mmh2o", "mmwc"],
        ),
        (Self::Inch, &["in", "inch", "inches"]),
        (Self::Foot, &["ft", "foot", "feet"]),
        (Self::MetrePerSecond, &["m/s", "mps", "m/sec", "ms-1", "m.s-1", "m/giay", "met/giay"]),
        (
            Self::KilometrePerHour,
            &["km/h", "kmh", "kph", "kmph", "km/hr", "kmh-1", "km.h-1", "km/gio"],
        ),
        (Self::Knot, &["kt", "kn", "kts", "knot", "knots", "haily/gio"]),
        (Self::Degree, &["°", "deg", "degree", "degrees", "do"]),
        (Self::Celsius, &["°C", "°c", "c", "degc", "cel", "celsius", "oc", "doc"]),
        (Self::Fahrenheit, &["°F", "°f", "f", "degf", "fahrenheit", "of", "dof"]),
        (Self::Kelvin, &["K", "k", "kelvin"]),
        (Self::Percent, &["%", "%rh", "rh%", "percent", "pct", "phantram"]),
        (Self::Hectopascal, &["hPa", "hpa", "mbar", "mb", "millibar", "hectopascal"]),
        (Self::Pascal, &["Pa", "pa", "pascal"]),
        (Self::Kilopascal, &["kPa", "kpa", "kilopascal"]),
        (Self::Volt, &["V", "v", "volt", "volts", "vdc", "von"]),
        (Self::Millivolt, &["mV", "mv", "millivolt"]),
        (
            Self::CubicMetrePerSecond,
            &["m3/s", "m3/sec", "m3s-1", "m3.s-1", "cumec", "cumecs", "m3/giay", "metkhoi/giay"],
        ),
        (Self::LitrePerSecond, &["l/s", "l/sec", "ls-1", "l.s-1", "lit/s", "lit/giay"]),
        (Self::CubicFootPerSecond, &["ft3/s", "ft3/sec", "cfs"]),
        (Self::CentimetrePerHour, &["cm/h", "cm/hr", "cm/gio"]),
        (Self::DecibelMilliwatt, &["dBm", "dbm"]),
        (Self::One, &["1", ""]),
    ];

    /// The unit a station means by that text, or `None`. Capitals, spaces and the ways to write a power or a degree
    /// make no difference.
    ///
    /// ```
    /// use domain::Unit;
    /// for text in ["m³/s", "m^3/s", "M3/S", " m3 / s", "m3 s-1", "m³·s⁻¹"] {
    ///     assert_eq!(Unit::parse(text), Some(Unit::CubicMetrePerSecond), "{text}");
    /// }
    /// assert_eq!(Unit::parse("độ C"), Some(Unit::Celsius));
    /// assert_eq!(Unit::parse("furlong"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let among = |text: &str| {
            let found = Self::SPELLINGS.iter().find(|(_, names)| names.contains(&text));
            found.map(|(unit, _)| *unit)
        };
        among(text).or_else(|| among(&plain(text)))
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
            Self::Kilopascal => (5, 10.0, 1.0, 0.0),
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

/// A unit without capitals, spaces, marks and what else people put around the same letters.
fn plain(text: &str) -> String {
    // The degree sign has look-alikes on many keyboards.
    let text = text.replace(['º', '˚', '\u{2070}'], "°");
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '^' | '*' | '[' | ']' | '(' | ')');
    let same = |c: char| match c {
        '·' | '⋅' | '∙' => '.',
        '−' | '‑' | '–' => '-',
        '∕' | '⁄' => '/',
        other => other,
    };
    crate::form::bare(&text).chars().filter(kept).map(same).collect()
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
        check(100.25, "kPa", "hPa", 1_002.5);
        check(1013.0, "mb", "hPa", 1_013.0);
        check(640.0, "CM", "mét", 6.4);
        check(6_400.0, "mmH2O", "m", 6.4);
    }

    #[test]
    fn units_are_understood_however_they_are_written() {
        let check = |unit: Unit, ways: &[&str]| {
            for way in ways {
                assert_eq!(Unit::parse(way), Some(unit), "{way:?}");
            }
        };
        check(Unit::Metre, &["m", "M", " m ", "mét", "Mét", "me\u{301}t", "MÉT", "Metres", "[m]"]);
        check(Unit::Centimetre, &["cm", "CM", "Cm", "㎝", "centimét"]);
        check(Unit::Millimetre, &["mm", "MM", "Mm", "㎜", "kg/m²", "l/m2", "mmH2O", "mmH₂O"]);
        check(Unit::CubicMetrePerSecond, &["m3/s", "m³/s", "m^3/s", "M3/S", "m3 s-1", "m³/giây"]);
        check(Unit::LitrePerSecond, &["l/s", "L/s", "L/S", "lít/s"]);
        check(
            Unit::Celsius,
            &["°C", "ºC", "˚C", "℃", "C", "c", "degC", "deg C", "độ C", "Độ C", "ĐỘ C"],
        );
        check(Unit::Degree, &["°", "deg", "độ", "DEG"]);
        check(Unit::Percent, &["%", "%RH", "% RH", "%rh", "％"]);
        check(Unit::Hectopascal, &["hPa", "HPA", "hpa", "mbar", "mb", "MB", "mBar"]);
        check(Unit::Pascal, &["Pa", "PA", "pa"]);
        check(Unit::Kilopascal, &["kPa", "KPA", "kpa"]);
        check(Unit::KilometrePerHour, &["km/h", "KM/H", "Km/h", "km / h", "km/giờ"]);
        check(Unit::MetrePerSecond, &["m/s", "M/S", "m s-1", "m·s⁻¹", "m/giây"]);
        check(Unit::Knot, &["kt", "KT", "kts", "Knots"]);
        check(Unit::Volt, &["V", "v", "Volt", "VDC"]);
        check(Unit::Millivolt, &["mV", "MV", "mv"]);
        check(Unit::Kelvin, &["K", "k", "K"]);
        for unknown in ["furlong", "m/", "mm/h", "psi", "x", "-", "m2"] {
            assert_eq!(Unit::parse(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn every_unit_prints_what_it_parses() {
        for (unit, names) in Unit::SPELLINGS {
            assert!(names.iter().all(|name| Unit::parse(name) == Some(unit)));
            assert_eq!(Unit::parse(unit.symbol()), Some(unit));
        }
    }
}

//! Values as short decimals where that is exact: 8.21 is 821 and two places, not eight bytes.

use super::bytes::{unzigzag, zigzag};

/// Powers of ten for 0–5 decimal places; stations do not send more.
const SCALES: [f64; 6] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5];

/// Below this every whole number is an exact `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value as one number, digits and places together, if that gives back the very same bits.
pub(crate) fn pack(value: f64) -> Option<u64> {
    for (places, scale) in SCALES.into_iter().enumerate() {
        let scaled = value * scale;
        let digits = (scaled + 0.5_f64.copysign(scaled)) as i64;
        if scaled.is_nan() || scaled.abs() >= EXACT {
            return None;
        }
        if (digits as f64 / scale).to_bits() == value.to_bits() {
            return Some(zigzag(digits) << 3 | places as u64);
        }
    }
    None
}

/// The inverse of [`pack`]; `None` for a number that it never gives.
pub(crate) fn unpack(packed: u64) -> Option<f64> {
    let scale = SCALES.get((packed & 7) as usize)?;
    Some(unzigzag(packed >> 3) as f64 / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_decimals_come_back_to_the_last_bit() {
        for value in [0.0, 8.21, -0.2, 1013.25, 109.0, -273.15, 0.00001, 1e15, -8.0] {
            let packed = pack(value).expect("a short decimal");
            assert_eq!(unpack(packed).expect("packed").to_bits(), value.to_bits(), "{value}");
        }
    }

    #[test]
    fn what_is_no_short_decimal_is_not_packed() {
        for value in [-0.0, f64::NAN, f64::INFINITY, 1.0 / 3.0, 1e300, f64::MIN_POSITIVE] {
            assert_eq!(pack(value), None, "{value}");
        }
        assert_eq!(unpack(7), None);
    }
}

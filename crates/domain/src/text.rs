//! Numbers and dates as printed in Viet Nam: decimal comma, `dd/MM/yyyy`, 24 hours.

use crate::Time;

/// A number with decimal comma, rounded half away from zero as the observing rules ask (QCVN 47:2022).
///
/// ```
/// assert_eq!(domain::text::number(8.205, 2), "8,21");
/// assert_eq!(domain::text::number(-0.004, 2), "0,00");
/// ```
#[must_use]
pub fn number(value: f64, decimals: u8) -> String {
    rounded(value, decimals).replace('.', ",")
}

/// A number with decimal point, rounded the same way, for English texts.
#[must_use]
pub fn number_en(value: f64, decimals: u8) -> String {
    rounded(value, decimals)
}

/// Rounds on the shortest decimal form of the value, so 8.205 is a tie and not 8.20499….
fn rounded(value: f64, decimals: u8) -> String {
    let scale = 10f64.powi(i32::from(decimals));
    let nudge = value.signum() * value.abs() * f64::EPSILON * 4.0;
    let rounded = ((value + nudge) * scale).round() / scale;
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    format!("{rounded:.*}", usize::from(decimals))
}

/// `HH:mm dd/MM/yyyy` in Viet Nam.
#[must_use]
pub fn moment(at: Time) -> String {
    let local = at.in_vietnam();
    format!("{} {:02}/{:02}/{}", clock(at), local.day(), local.month(), local.year())
}

/// `HH:mm` in Viet Nam.
#[must_use]
pub fn clock(at: Time) -> String {
    let local = at.in_vietnam();
    format!("{:02}:{:02}", local.hour(), local.minute())
}

//! What delivery counts.

use domain::{Channel, Span};

/// Notices that a channel took, by channel.
pub(crate) const HANDED: &str = "quantrac_notices_handed_total";
/// Attempts that failed and will be repeated, by channel.
pub(crate) const FAILED: &str = "quantrac_notice_attempts_failed_total";
/// Notices given up, by channel.
pub(crate) const DEAD: &str = "quantrac_notices_dead_total";
/// Notices whose receipt did not come in time, so that the next in line was told, by channel.
pub(crate) const ESCALATED: &str = "quantrac_notices_escalated_total";
/// From planned to taken by the channel, by channel.
pub(crate) const DELAY: &str = "quantrac_notice_delay_seconds";

const CHANNELS: [&str; 4] = ["email", "webhook", "mqtt", "cap"];

pub(crate) fn start_at_zero() {
    for channel in CHANNELS {
        for name in [HANDED, FAILED, DEAD, ESCALATED] {
            metrics::counter!(name, "channel" => channel).increment(0);
        }
    }
}

pub(crate) fn count(name: &'static str, channel: &Channel) {
    metrics::counter!(name, "channel" => channel.name()).increment(1);
}

pub(crate) fn delay(channel: &Channel, delay: Span) {
    let seconds = delay.millis() as f64 / 1_000.0;
    metrics::histogram!(DELAY, "channel" => channel.name()).record(seconds);
}

//! Names of what the history counts and measures.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

/// Points written to the history.
pub const POINTS: &str = "quantrac_history_points_total";
/// Points that the history refused and that are put aside.
pub const REFUSED: &str = "quantrac_history_refused_total";
/// Times that the history could not be written.
pub const FAILURES: &str = "quantrac_history_failures_total";
/// Times that the history was found to have lost what it had.
pub const EMPTIED: &str = "quantrac_history_emptied_total";
/// Arrivals that the history does not have yet.
pub const BEHIND: &str = "quantrac_history_behind_arrivals";
/// 1 for the state that the history is in (label `state`), 0 for the others.
pub const STATE: &str = "quantrac_history_state";

/// Describes every measure and lets the counters start at zero; call once, after a recorder is installed.
pub fn start() {
    let counters = [
        (POINTS, "points written to the history"),
        (REFUSED, "points that the history refused, put aside"),
        (FAILURES, "times that the history could not be written"),
        (EMPTIED, "times that the history had lost what it had"),
    ];
    for (name, says) in counters {
        describe_counter!(name, Unit::Count, says);
        counter!(name).absolute(0);
    }
    describe_gauge!(BEHIND, Unit::Count, "arrivals that the history does not have yet");
    gauge!(BEHIND).set(0.0);
    describe_gauge!(STATE, Unit::Count, "1 for the state that the history is in");
}

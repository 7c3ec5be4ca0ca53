//! Names of the metrics of this crate; all start at zero.

/// Requests answered, by `class` (`2xx`, `3xx`, `4xx`, `5xx`).
pub(crate) const REQUESTS: &str = "quantrac_web_requests_total";
/// Requests turned away, by `reason` (`rate`, `crowd`, `sign_in`).
pub(crate) const REFUSED: &str = "quantrac_web_refused_total";
/// Live streams open now.
pub(crate) const LIVE_CLIENTS: &str = "quantrac_web_live_clients";
/// Live streams that were cut because they read too slowly.
pub(crate) const LIVE_DROPPED: &str = "quantrac_web_live_dropped_total";
/// Frames sent to the live streams.
pub(crate) const LIVE_FRAMES: &str = "quantrac_web_live_frames_total";
/// Exports and reports begun.
pub(crate) const EXPORTS: &str = "quantrac_web_exports_total";
/// Exports and reports that did not come to their end: who asked hung up or read too slowly, or a read failed.
pub(crate) const EXPORTS_CUT: &str = "quantrac_web_exports_cut_total";
/// TCP connections open now.
pub(crate) const CONNECTIONS: &str = "quantrac_web_connections";

/// Puts every metric at zero.
pub(crate) fn start() {
    for class in ["2xx", "3xx", "4xx", "5xx"] {
        metrics::counter!(REQUESTS, "class" => class).absolute(0);
    }
    for reason in ["rate", "crowd", "sign_in"] {
        metrics::counter!(REFUSED, "reason" => reason).absolute(0);
    }
    metrics::counter!(LIVE_DROPPED).absolute(0);
    metrics::counter!(LIVE_FRAMES).absolute(0);
    metrics::counter!(EXPORTS).absolute(0);
    metrics::counter!(EXPORTS_CUT).absolute(0);
    metrics::gauge!(LIVE_CLIENTS).set(0.0);
    metrics::gauge!(CONNECTIONS).set(0.0);
}

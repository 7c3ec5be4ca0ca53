//! Names of what the server itself measures, and the recorder behind `/metrics`.

use anyhow::{Context, Result};
use metrics::{describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// 1 while the configuration on disk is refused and an older one stays in force, else 0.
pub const CONFIG_REFUSED: &str = "quantrac_config_refused";
/// Configurations that came into force since the start.
pub const CONFIGS_APPLIED: &str = "quantrac_configs_applied_total";

/// Makes every measurement of the process end in one place; once per process.
///
/// # Errors
/// Another recorder was installed before.
pub fn install() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .install_recorder()
        .context("cannot collect measurements: a recorder was installed before")?;
    describe();
    Ok(handle)
}

/// Everything starts at zero, so that a rise from nothing can be seen.
fn describe() {
    describe_gauge!(CONFIG_REFUSED, "1 while the configuration on disk is refused");
    describe_counter!(CONFIGS_APPLIED, "Configurations that came into force since the start");
    gauge!(CONFIG_REFUSED).set(0.0);
    metrics::counter!(CONFIGS_APPLIED).absolute(0);
    store::measures::start();
    history::measures::start();
}

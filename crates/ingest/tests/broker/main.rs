//! The broker as stations meet it: real sockets, real `mosquitto_pub` and `mosquitto_sub`, `rumqttc`, and MQTT
//! byte by byte; behind it a gate that the test holds in its hand, and once the real ledger.

#![expect(clippy::unwrap_used, reason = "tests")]

mod abuse;
mod acknowledgement;
mod doors;
mod gate;
mod ledger;
mod presence;
mod running;
mod tls;
mod warnings;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use gate::TestGate;
use ingest::{Broker, BrokerConfig};

/// Long enough for anything that must happen.
const SOON: Duration = Duration::from_secs(10);
/// For what must not happen: after this time it would have.
const MEANWHILE: Duration = Duration::from_millis(250);

/// Free port, quick presence.
fn config() -> BrokerConfig {
    BrokerConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        presence_settle_ms: 150,
        ..BrokerConfig::default()
    }
}

/// A broker with that gate.
async fn broker(gate: &Arc<TestGate>) -> Broker {
    ingest::start_with(config(), gate.clone()).await.unwrap()
}

/// Runs `mosquitto_pub` or `mosquitto_sub`; its exit code and what it wrote.
async fn mosquitto(program: &str, broker: &Broker, arguments: &[&str]) -> (i32, String) {
    let port = broker.address().port();
    let mut command = std::process::Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(arguments);
    let run = tokio::task::spawn_blocking(move || command.output());
    let output = run.await.unwrap().expect("mosquitto-clients is installed");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

//! The life of one connection, as often as it has to be made.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::StationId;
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, LastWill, MqttOptions,
    Packet, QoS, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;

use super::{Counters, Job, LARGEST_PAYLOAD, PublishError, PublisherOptions};

/// A farewell that nobody reads is given up after this long.
const FAREWELL: Duration = Duration::from_secs(2);

/// One station: what it waits for, and how it speaks.
struct Driver {
    station: StationId,
    client: AsyncClient,
    events: EventLoop,
    counters: Arc<Counters>,
    /// Sent, or to be sent, and not yet acknowledged.
    waiting: Option<Job>,
    /// What waits was sent before, on this connection or on one that is lost.
    sent: bool,
    connected: bool,
}

/// Publishes job after job until nobody can give any more, then says farewell.
pub(super) async fn drive(
    options: PublisherOptions,
    mut jobs: mpsc::Receiver<Job>,
    counters: Arc<Counters>,
) {
    let backoff = Backoff::new(options.first_wait, &options.station);
    let station = options.station.clone();
    let (client, events) = AsyncClient::new(mqtt(options), 4);
    let mut driver =
        Driver { station, client, events, counters, waiting: None, sent: false, connected: false };
    let mut failures = 0;
    loop {
        let polled = tokio::select! {
            job = jobs.recv(), if driver.waiting.is_none() => match job {
                Some(job) => { driver.take(job); continue }
                None => return driver.farewell().await,
            },
            polled = driver.events.poll() => polled,
        };
        match polled {
            Ok(event) => {
                failures = 0;
                driver.on_event(&event);
            }
            Err(error) => {
                driver.connected = false;
                if let Some(reason) = refusal(&error) {
                    return driver.refused(reason, jobs).await;
                }
                if failures == 0 {
                    tracing::info!(station = %driver.station, %error, "the broker is away");
                }
                tokio::time::sleep(backoff.wait(failures)).await;
                failures += 1;
            }
        }
    }
}

impl Driver {
    fn take(&mut self, job: Job) {
        self.counters.published.fetch_add(1, Ordering::Relaxed);
        self.waiting = Some(job);
        self.sent = false;
        if self.connected {
            self.send();
        }
    }

    fn on_event(&mut self, event: &Event) {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                self.connected = true;
                self.counters.connections.fetch_add(1, Ordering::Relaxed);
                // The session is new, so the library has forgotten what was not acknowledged. We have not.
                if self.waiting.is_some() && self.sent {
                    self.counters.resent.fetch_add(1, Ordering::Relaxed);
                }
                self.send();
            }
            Event::Incoming(Packet::PubAck(_)) => {
                self.counters.acked.fetch_add(1, Ordering::Relaxed);
                if let Some(job) = self.waiting.take() {
                    // Whoever asked may have stopped waiting; the message is acknowledged all the same.
                    let _ = job.done.send(Ok(()));
                }
            }
            _ => {}
        }
    }

    fn send(&mut self) {
        let Some(job) = &self.waiting else { return };
        self.sent = true;
        let payload = job.payload.clone();
        if let Err(error) = self.client.try_publish(&job.topic, QoS::AtLeastOnce, false, payload) {
            // Only a topic that is no topic: the queue has room for the one message that waits.
            tracing::error!(station = %self.station, topic = job.topic, %error, "cannot publish");
        }
    }

    async fn refused(self, reason: String, mut jobs: mpsc::Receiver<Job>) {
        let error = PublishError::Refused { station: self.station.clone(), reason };
        let mut waiting = self.waiting;
        loop {
            if let Some(job) = waiting.take() {
                let _ = job.done.send(Err(error.clone()));
            }
            match jobs.recv().await {
                Some(job) => waiting = Some(job),
                None => return,
            }
        }
    }

    async fn farewell(mut self) {
        if !self.connected || self.client.try_disconnect().is_err() {
            return;
        }
        // The poll after the farewell fails, because the broker closes the connection.
        let gone = async { while self.events.poll().await.is_ok() {} };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            tracing::debug!(station = %self.station, "the broker did not close the connection");
        }
    }
}

fn mqtt(options: PublisherOptions) -> MqttOptions {
    let (station, broker) = (options.station.as_str(), options.broker);
    let mut mqtt = MqttOptions::new(station, broker.host, broker.port);
    mqtt.set_credentials(station, options.secret)
        .set_keep_alive(options.keep_alive)
        .set_clean_session(true)
        .set_inflight(1)
        // The default of 10 KiB ends the connection at the first backlog.
        .set_max_packet_size(LARGEST_PAYLOAD, LARGEST_PAYLOAD + 1024);
    let offline = r#"{"state":"offline"}"#;
    let topic = format!("quantrac/v1/{station}/status");
    mqtt.set_last_will(LastWill::new(topic, offline, QoS::AtLeastOnce, false));
    if broker.tls {
        mqtt.set_transport(Transport::tls_with_config(TlsConfiguration::Native));
    }
    mqtt
}

/// The broker's word that trying again is useless.
fn refusal(error: &ConnectionError) -> Option<String> {
    let ConnectionError::ConnectionRefused(code) = error else { return None };
    match code {
        ConnectReturnCode::BadUserNamePassword => Some("wrong user name or secret".to_owned()),
        ConnectReturnCode::NotAuthorized => Some("not authorised".to_owned()),
        ConnectReturnCode::BadClientId => Some("client id not accepted".to_owned()),
        _ => None,
    }
}

/// How long to wait before the next attempt.
struct Backoff {
    first: Duration,
    /// 0.75 to 1.25, fixed for a station, so that a thousand stations do not come back at once.
    spread: f64,
}

impl Backoff {
    fn new(first: Duration, station: &StationId) -> Self {
        let sum = station.as_str().bytes().fold(7u32, |sum, b| sum * 31 % 997 + u32::from(b));
        Self { first, spread: 0.75 + f64::from(sum % 100) / 200.0 }
    }

    fn wait(&self, failures: u32) -> Duration {
        self.first.mul_f64(self.spread) * (1 << failures.min(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_differ_between_stations() {
        let backoff =
            |name: &str| Backoff::new(Duration::from_secs(1), &name.parse().expect("a name"));
        let (one, two) = (backoff("thanh-hoa"), backoff("dieu-tri"));
        assert_eq!(one.wait(1), one.wait(0) * 2);
        assert_eq!(one.wait(50), one.wait(5));
        assert!(one.wait(0) >= Duration::from_millis(750));
        assert!(two.wait(0) <= Duration::from_millis(1250));
        assert_ne!(one.wait(0), two.wait(0));
    }
}

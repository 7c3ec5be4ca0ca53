//! The broker: start, publish, status, stop.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rmqtt::codec::types::Publish as Packet;
use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use rmqtt::session::SessionState;
use rmqtt::types::{From, Id, Publish, QoS};
use serde::Serialize;
use store::Ledger;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::{BrokerConfig, TlsConfig};
use crate::error::IngestError;
use crate::gate::Gate;
use crate::intake::Intake;
use crate::ledger::LedgerGate;
use crate::manners::School;
use crate::retained::Retained;
use crate::{hooks, presence, watch};

/// A client must have said who it is within this time.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client that left may come back and find its subscriptions.
const SESSION_LASTS: Duration = Duration::from_secs(300);
/// Everybody must be out within this time when the broker stops.
const STOP_WITHIN: Duration = Duration::from_millis(4_900);
/// Messages that wait for one receiver.
const RECEIVER_QUEUE: usize = 1_000;

/// A running broker. Dropping it ends it without goodbye; [`Broker::stop`] ends it in order.
pub struct Broker {
    context: ServerContext,
    intake: Arc<Intake>,
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    server: JoinHandle<()>,
    helpers: JoinSet<()>,
}

/// How the broker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerStatus {
    /// Whether it takes connections. If not, nothing arrives.
    pub listening: bool,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens with TLS.
    pub tls_address: Option<SocketAddr>,
    /// Connections now.
    pub connections: usize,
    /// Different stations connected now.
    pub stations: usize,
    /// Messages taken since the start, committed or refused.
    pub messages: u64,
    /// Refusals since the start: connections, subscriptions, messages.
    pub refused: u64,
}

/// Starts the broker; what stations send goes to the ledger.
pub async fn start(config: BrokerConfig, ledger: Ledger) -> Result<Broker, IngestError> {
    let refusal_delay = Duration::from_millis(config.refusal_delay_ms);
    start_with(config, Arc::new(LedgerGate::new(ledger, refusal_delay))).await
}

/// Starts the broker with another gate than the ledger's.
pub async fn start_with(config: BrokerConfig, gate: Arc<dyn Gate>) -> Result<Broker, IngestError> {
    let config = config.checked()?;
    // rmqtt brings two cryptography providers, and rustls refuses to choose; an error means chosen before
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let plain = bind(&config, config.listen)?;
    let tls = config.tls.as_ref().map(|tls| bind_tls(&config, tls)).transpose()?;
    let address = address(&plain, config.listen)?;
    let tls_address = match (&tls, &config.tls) {
        (Some(listener), Some(tls)) => Some(self::address(listener, tls.listen)?),
        _ => None,
    };

    let sessions = isize::try_from(config.max_connections).unwrap_or(isize::MAX);
    let context =
        ServerContext::new().busy_check_enable(false).mqtt_max_sessions(sessions).build().await;
    *context.extends.retain_mut().await = Box::new(Retained::default());
    *context.extends.fitter_mgr_mut().await = Box::new(School);
    let (events, received) = mpsc::unbounded_channel();
    let intake = Arc::new(Intake::new(gate.clone(), &config, events));
    hooks::install(&context, &intake).await;

    let mut helpers = JoinSet::new();
    let settle = Duration::from_millis(config.presence_settle_ms);
    helpers.spawn(presence::keep(gate, settle, received));
    helpers.spawn(watch::keep(context.clone(), intake.clone()));
    let server = serve(&context, plain, tls);
    tracing::info!(%address, ?tls_address, "the broker listens for stations");
    Ok(Broker { context, intake, address, tls_address, server, helpers })
}

/// Not `MqttServer::start`, which ends the whole process when something fails.
fn serve(context: &ServerContext, plain: Listener, tls: Option<Listener>) -> JoinHandle<()> {
    let mut server = MqttServer::new(context.clone()).listener_by_id(plain, 1);
    if let Some(tls) = tls {
        server = server.listener_by_id(tls, 2);
    }
    let server = server.build();
    tokio::spawn(async move {
        if let Err(error) = server.run().await {
            tracing::error!(%error, "the broker has ended, nothing arrives any more");
        }
    })
}

impl Broker {
    /// Where it listens; with the real port if port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens with TLS.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Publishes a message of ours at QoS 1 to whoever subscribed. A retained one is also given to those who
    /// subscribe later, until the broker stops or an empty one takes its place.
    pub async fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
        retain: bool,
    ) -> Result<(), IngestError> {
        let refuse = |reason: String| IngestError::Publish { topic: topic.to_owned(), reason };
        if topic.is_empty() || topic.contains(['+', '#', '\0']) {
            return Err(refuse("a topic is not empty and has no '+' and '#'".to_owned()));
        }
        let packet = Packet {
            dup: false,
            retain,
            qos: QoS::AtLeastOnce,
            topic: topic.into(),
            packet_id: None,
            payload: payload.into(),
            properties: None,
        };
        let ours = From::from_system(Id::from(self.context.node.id(), "quantrac".into()));
        SessionState::forwards(&self.context, ours, Publish::from(packet), false, None)
            .await
            .map_err(|error| refuse(error.to_string()))
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> BrokerStatus {
        let (messages, refused) = self.intake.metrics.totals();
        BrokerStatus {
            listening: !self.server.is_finished(),
            address: self.address,
            tls_address: self.tls_address,
            connections: self.intake.registry.len(),
            stations: self.intake.registry.stations(),
            messages,
            refused,
        }
    }

    /// Takes no more connections, lets each connection finish the message it is at, closes all. Takes at
    /// most 5 s; afterwards the address is free.
    pub async fn stop(mut self) {
        self.intake.stop();
        self.server.abort();
        // the only outcome is that it was aborted
        drop((&mut self.server).await);
        self.helpers.shutdown().await;
        let mut leaving = JoinSet::new();
        for mut entry in self.context.extends.shared().await.iter() {
            leaving.spawn(async move { entry.kick(true, true, true).await.map(drop) });
        }
        let asked = leaving.len();
        let all_out = async { while leaving.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all_out).await.is_err() {
            tracing::warn!(
                asked,
                late = leaving.len(),
                "some clients did not leave in time, their connections are cut"
            );
        }
        tracing::info!(address = %self.address, "the broker has stopped");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.intake.stop();
        self.server.abort();
    }
}

fn bind(config: &BrokerConfig, address: SocketAddr) -> Result<Listener, IngestError> {
    bind_builder(builder(config, address))
}

fn bind_builder(builder: Builder) -> Result<Listener, IngestError> {
    let address = builder.laddr;
    builder.bind().map_err(|error| IngestError::Bind { address, reason: error.to_string() })
}

fn bind_tls(config: &BrokerConfig, tls: &TlsConfig) -> Result<Listener, IngestError> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let with_client_ca = tls.client_ca.is_some();
    let builder = builder(config, tls.listen)
        .tls_cert(Some(text(&tls.cert)))
        .tls_key(Some(text(&tls.key)))
        .tls_cross_certificate(with_client_ca)
        .tls_client_ca_certs(tls.client_ca.as_deref().map(text))
        .collect_cert_info(with_client_ca)
        .cert_cn_as_username(with_client_ca);
    bind_builder(builder)?.tls().map_err(|error| IngestError::Tls {
        certificate: tls.cert.clone(),
        reason: format!("{error:#}"),
    })
}

fn builder(config: &BrokerConfig, address: SocketAddr) -> Builder {
    let mut builder = Builder::new()
        .name("stations")
        .laddr(address)
        .reuseaddr(Some(true))
        .nodelay(true)
        .allow_anonymous(false)
        .max_packet_size(config.max_packet_bytes)
        .max_connections(config.max_connections as usize)
        .handshake_timeout(HANDSHAKE)
        .session_expiry_interval(SESSION_LASTS)
        .max_session_expiry_interval(SESSION_LASTS)
        // 0 = never: a retained warning stays true however old it is
        .message_expiry_interval(Duration::ZERO)
        .max_mqueue_len(RECEIVER_QUEUE)
        .max_inflight(NonZeroU16::MIN.saturating_add(31))
        .max_clientid_len(256)
        .max_subscriptions(32)
        .max_topic_levels(16)
        .max_topic_aliases(8);
    builder.min_keepalive = config.min_keepalive_seconds;
    builder.max_keepalive = config.max_keepalive_seconds;
    builder
}

fn address(listener: &Listener, asked: SocketAddr) -> Result<SocketAddr, IngestError> {
    listener
        .local_addr()
        .map_err(|error| IngestError::Bind { address: asked, reason: error.to_string() })
}

//! The broker: start and stop.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use store::Ledger;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::{self, BrokerConfig, TlsConfig};
use crate::error::IngestError;
use crate::gate::Gate;
use crate::handle::Handle;
use crate::intake::Intake;
use crate::ledger::LedgerGate;
use crate::manners::School;
use crate::retained::Retained;
use crate::{hooks, presence, watch};

/// A larger packet ends its connection before it is read, bytes. What is larger than the settings allow but not than
/// this is put aside and acknowledged: a station whose connection ends sends the same again, for ever.
const LARGEST_PACKET: u32 = config::MOST_BYTES as u32 + 64 * 1_024;
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
    handle: Handle,
    server: JoinHandle<()>,
    helpers: JoinSet<()>,
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
    let running = server.abort_handle();
    let handle = Handle { context, intake, address, tls_address, running };
    Ok(Broker { handle, server, helpers })
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
    /// What others may do with it while it runs.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes no more connections, lets each connection finish the message it is at, closes all. Takes at
    /// most 5 s; afterwards the address is free.
    pub async fn stop(mut self) {
        self.handle.intake.stop();
        self.server.abort();
        // the only outcome is that it was aborted
        drop((&mut self.server).await);
        self.helpers.shutdown().await;
        let mut leaving = JoinSet::new();
        for mut entry in self.handle.context.extends.shared().await.iter() {
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
        tracing::info!(address = %self.handle.address, "the broker has stopped");
    }
}

impl Deref for Broker {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.handle.intake.stop();
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
        .max_packet_size(LARGEST_PACKET)
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

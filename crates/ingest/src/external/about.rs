//! What the ways to one broker share: how it is reached, and how long to wait for it.

use std::path::Path;
use std::time::Duration;

use rumqttc::tokio_native_tls::native_tls::{Certificate, Identity, TlsConnector};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, EventLoop, MqttOptions, NetworkOptions,
    StateError, TlsConfiguration, TlsError, Transport,
};
use store::Ledger;
use tokio::sync::watch;

use super::Secret;
use super::board::LinkState;
use super::config::ExternalConfig;

/// The largest packet that MQTT knows, bytes. A limit of ours below the broker's would end the connection at
/// the first larger message, which would then come back for ever.
const ANY_PACKET: usize = 268_435_455 + 5;
/// A connection must be made within this time, s; also how long a packet may take to leave.
const CONNECT_SECONDS: u64 = 10;
/// The first wait after a failure; it doubles up to the setting.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// A broker, and what is needed to speak to it.
pub(super) struct About {
    pub(super) config: ExternalConfig,
    pub(super) client_id: String,
    pub(super) secret: Secret,
    pub(super) ledger: Ledger,
    pub(super) stop: watch::Receiver<bool>,
}

/// Why a connection is not there: the state to show, and what was said.
pub(super) type Trouble = (LinkState, String);

impl About {
    /// A connection about to be made; `keeps` = the broker keeps for us what we have not acknowledged. Each has
    /// a client of its own: what waits in an old one must not be taken for the new connection's, least of all
    /// acknowledgements, whose numbers begin anew when the broker has forgotten the session.
    pub(super) fn dial(
        &self,
        keeps: bool,
        requests: usize,
    ) -> Result<(AsyncClient, EventLoop), Trouble> {
        let config = &self.config;
        let id = if keeps { self.client_id.clone() } else { format!("{}-out", self.client_id) };
        let mut options = MqttOptions::new(id, config.address.clone(), config.port());
        options
            .set_keep_alive(Duration::from_secs(config.keepalive_seconds.into()))
            .set_clean_session(!keeps)
            .set_manual_acks(keeps)
            .set_max_packet_size(ANY_PACKET, ANY_PACKET);
        if let Some(user) = &config.user {
            options.set_credentials(user, self.password()?);
        }
        if config.tls.is_some() {
            let connector = self.connector().map_err(|why| (LinkState::BadCertificate, why))?;
            let tls = TlsConfiguration::NativeConnector(connector);
            options.set_transport(Transport::tls_with_config(tls));
        }
        let (client, mut events) = AsyncClient::new(options, requests);
        let mut network = NetworkOptions::new();
        network.set_connection_timeout(CONNECT_SECONDS);
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        Ok((client, events))
    }

    /// Read anew each time, so that a changed file counts without a restart.
    fn password(&self) -> Result<String, Trouble> {
        let Some(name) = &self.config.password_secret else { return Ok(String::new()) };
        let found = (self.secret)(name).and_then(|bytes| String::from_utf8(bytes).ok());
        let missing =
            || format!("the secret '{name}' is not there: write it into the secrets folder");
        found.ok_or_else(|| (LinkState::NotAuthorised, missing()))
    }

    fn connector(&self) -> Result<TlsConnector, String> {
        let tls = self.config.tls.clone().unwrap_or_default();
        let mut builder = TlsConnector::builder();
        if let Some(path) = &tls.ca {
            let ca = Certificate::from_pem(&read(path)?).map_err(|error| unusable(path, &error))?;
            builder.add_root_certificate(ca).disable_built_in_roots(true);
        }
        if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
            let identity = Identity::from_pkcs8(&read(cert)?, &read(key)?);
            builder.identity(identity.map_err(|error| unusable(cert, &error))?);
        }
        builder.build().map_err(|error| error.to_string())
    }

    /// Waits before the attempt after so many failures, or until the stop.
    pub(super) async fn wait(&self, failures: u32, board: &super::board::Board) {
        let longest = Duration::from_secs(self.config.longest_wait_seconds.into());
        let wait = (FIRST_WAIT * (1 << failures.min(10))).min(longest).mul_f64(spread());
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        board.next_try(self.ledger.now() + domain::Span::from_millis(millis));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.stopped() => {}
        }
    }

    /// Returns when everything is to stop.
    pub(super) async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // Who can tell to stop being gone means the same.
        let _told = stop.wait_for(|stop| *stop).await;
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// What an error of the connection means.
pub(super) fn trouble(error: &ConnectionError) -> Trouble {
    let state = match error {
        ConnectionError::ConnectionRefused(code) => {
            let state = match code {
                ConnectReturnCode::BadUserNamePassword
                | ConnectReturnCode::NotAuthorized
                | ConnectReturnCode::BadClientId => LinkState::NotAuthorised,
                _ => LinkState::Unreachable,
            };
            return (state, refusal(*code).to_owned());
        }
        // Also a broker that does not like our certificate says so only after the handshake.
        ConnectionError::Tls(TlsError::NativeTls(_))
        | ConnectionError::Io(_)
        | ConnectionError::MqttState(StateError::Io(_) | StateError::Deserialization(_))
            if error.to_string().contains("certificate") =>
        {
            LinkState::BadCertificate
        }
        _ => LinkState::Unreachable,
    };
    (state, error.to_string())
}

const fn refusal(code: ConnectReturnCode) -> &'static str {
    match code {
        ConnectReturnCode::BadUserNamePassword => "wrong user name or password",
        ConnectReturnCode::NotAuthorized => "not authorised",
        ConnectReturnCode::BadClientId => "client id not accepted",
        ConnectReturnCode::ServiceUnavailable => "the broker is not available",
        ConnectReturnCode::RefusedProtocolVersion => "the broker does not speak MQTT 3.1.1",
        ConnectReturnCode::Success => "accepted",
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &impl std::fmt::Display) -> String {
    format!("'{}' cannot be used: {error}", path.display())
}

/// 0.75 to 1.25, another each time, so that many clients do not come back at once.
fn spread() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    0.75 + f64::from(now.map_or(0, |since| since.subsec_micros()) % 1_000) / 2_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_certificates_are_told_from_a_broker_that_is_away() {
        let check = |error: ConnectionError, expected| {
            assert_eq!(trouble(&error).0, expected, "{error}");
        };
        let refused = ConnectionError::ConnectionRefused;
        check(refused(ConnectReturnCode::NotAuthorized), LinkState::NotAuthorised);
        check(refused(ConnectReturnCode::BadUserNamePassword), LinkState::NotAuthorised);
        check(refused(ConnectReturnCode::ServiceUnavailable), LinkState::Unreachable);
        let io = |text: &str| ConnectionError::Io(std::io::Error::other(text.to_owned()));
        check(io("tlsv13 alert certificate required"), LinkState::BadCertificate);
        check(io("connection refused"), LinkState::Unreachable);
        check(ConnectionError::NetworkTimeout, LinkState::Unreachable);
    }
}

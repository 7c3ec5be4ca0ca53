//! MQTT over TLS, with passwords and with certificates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ingest::{Broker, BrokerConfig, IngestError, TlsConfig};

use crate::config;
use crate::gate::{SECRET, TestGate};

const TOPIC: &str = "quantrac/v1/kon/telemetry";

/// A certificate authority of its own, a certificate for this machine, and one for each station.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn for_stations(names: &[&str]) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        this.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=authority -keyout ca.key -out ca.pem",
        );
        this.sign("localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
        for name in names {
            this.sign(name, "extendedKeyUsage=clientAuth");
        }
        this
    }

    fn sign(&self, name: &str, extension: &str) {
        std::fs::write(self.path("extension"), extension).unwrap();
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extension -out {name}.pem"
        ));
    }

    fn openssl(&self, arguments: &str) {
        let arguments = arguments.split(' ');
        let output =
            Command::new("openssl").args(arguments).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    async fn broker(&self, gate: &Arc<TestGate>, with_client_ca: bool) -> Broker {
        let tls = TlsConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            cert: self.path("localhost.pem"),
            key: self.path("localhost.key"),
            client_ca: with_client_ca.then(|| self.path("ca.pem")),
        };
        let config = BrokerConfig { tls: Some(tls), ..config() };
        ingest::start_with(config, gate.clone()).await.unwrap()
    }

    async fn publish(&self, broker: &Broker, arguments: &[&str]) -> i32 {
        let port = broker.tls_address().unwrap().port();
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "localhost", "-q", "1", "-m", "8", "-t", TOPIC, "--cafile", "ca.pem"]);
        command.args(["-p", &port.to_string()]).args(arguments).current_dir(self.0.path());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        output.status.code().unwrap_or(-1)
    }
}

#[tokio::test]
async fn a_station_with_a_password_publishes_over_tls() {
    let (gate, certificates) = (TestGate::with(&["kon"]), Certificates::for_stations(&[]));
    let broker = certificates.broker(&gate, false).await;
    assert_eq!(certificates.publish(&broker, &["-u", "kon", "-P", SECRET]).await, 0);
    assert_ne!(certificates.publish(&broker, &["-u", "kon", "-P", "guess"]).await, 0);
    assert_eq!(gate.messages(1).await.len(), 1);
    broker.stop().await;
}

#[tokio::test]
async fn a_certificate_stands_in_for_the_password_and_none_is_no_entry() {
    let gate = TestGate::with(&["kon", "lai-giang"]);
    let certificates = Certificates::for_stations(&["kon", "an-lao", "lai-giang"]);
    let broker = certificates.broker(&gate, true).await;
    let kon = ["--cert", "kon.pem", "--key", "kon.key"];
    assert_eq!(certificates.publish(&broker, &kon).await, 0, "its own");
    let unknown = ["--cert", "an-lao.pem", "--key", "an-lao.key"];
    assert_ne!(certificates.publish(&broker, &unknown).await, 0, "no such account");
    let other = ["--cert", "lai-giang.pem", "--key", "lai-giang.key", "-u", "kon", "-P", SECRET];
    assert_ne!(certificates.publish(&broker, &other).await, 0, "not under another's name");
    assert_ne!(certificates.publish(&broker, &["-u", "kon", "-P", SECRET]).await, 0, "none");
    assert_eq!(gate.messages(1).await.len(), 1);
    broker.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_an_error_that_names_it() {
    let missing = Path::new("/nonexistent/cert.pem").to_owned();
    let tls = TlsConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        cert: missing.clone(),
        key: missing,
        client_ca: None,
    };
    let config = BrokerConfig { tls: Some(tls), ..config() };
    let error = ingest::start_with(config, TestGate::with(&[])).await.err().unwrap();
    assert!(matches!(error, IngestError::Tls { .. }), "{error}");
    assert!(error.to_string().contains("/nonexistent/cert.pem"), "{error}");
}

//! A site of one's own for each test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::{ArrivalBody, Outcome, PackFiles, Realm, Time};
use metrics_exporter_prometheus::PrometheusBuilder;
use pack::Pack;
use reqwest::{Method, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Clock, Ledger, LedgerThread, Options, Role, Session, User};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web::{BrokerStatus, Parts, Rate, Rates, WebConfig};

use crate::desk::Desk;
use crate::fake::Fake;

pub(crate) const RECEIPT_KEY: &[u8] = b"a key for tests";
pub(crate) const PASSWORD: &str = "lũ lên rồi, báo ngay";

pub(crate) struct RealTime;

impl Clock for RealTime {
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
    fn until(&self, at: Time) -> Duration {
        Duration::from_millis(u64::try_from((at - self.now()).millis()).unwrap_or(0))
    }
}

/// A running site.
pub(crate) struct Site {
    pub(crate) ledger: Ledger,
    pub(crate) address: String,
    pub(crate) client: reqwest::Client,
    pub(crate) stop: CancellationToken,
    pub(crate) listening: Arc<AtomicBool>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) running: JoinHandle<std::io::Result<()>>,
    _thread: LedgerThread,
    _folder: TempDir,
}

/// Rates that no test reaches by accident.
fn roomy() -> WebConfig {
    let plenty = Rate { per_second: 1e6, burst: 1e6 };
    let rates = Rates { anonymous: plenty, viewer: plenty, staff: plenty };
    WebConfig { rates, ..WebConfig::default() }
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut WebConfig)) -> Self {
        Self::start_as(shipped_pack(), Realm::Exercise, change).await
    }

    /// With another pack, and in another realm.
    pub(crate) async fn start_as(
        pack: Arc<Pack>,
        realm: Realm,
        change: impl FnOnce(&mut WebConfig),
    ) -> Self {
        let mut config = roomy();
        change(&mut config);
        assert_eq!(config.faults(), []);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let options =
            Options { path, realm, batch: 64, queue: 1_024, fold_readings: store::FOLD_READINGS };
        let (ledger, thread) =
            Ledger::open(options, Box::<Fake>::default(), Arc::new(RealTime)).unwrap();
        let listening = Arc::new(AtomicBool::new(true));
        let desk = Arc::new(Desk::new(ledger.clone()));
        let known = (pack, realm);
        let parts = parts(ledger.clone(), Arc::clone(&listening), Arc::clone(&desk), known);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = CancellationToken::new();
        let running = tokio::spawn(web::run(listener, parts, config, stop.clone()));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            ledger,
            address,
            client,
            stop,
            listening,
            desk,
            running,
            _thread: thread,
            _folder: folder,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A person with a session; the cookie to send.
    pub(crate) async fn person(&self, name: &str, role: Role) -> String {
        static HASH: OnceLock<String> = OnceLock::new();
        let password_hash = HASH.get_or_init(|| web::hash_password(PASSWORD).unwrap()).clone();
        let (full_name, disabled) = (format!("Trực ban {name}"), false);
        let user = User { name: name.to_owned(), full_name, role, password_hash, disabled };
        self.ledger.put_user(user).await.unwrap();
        let token = format!("{name:x<43}");
        let token_hash = Sha256::digest(&token).iter().map(|b| format!("{b:02x}")).collect();
        let expires_at = RealTime.now() + domain::Span::hours(1);
        let session = Session { token_hash, user: name.to_owned(), expires_at };
        self.ledger.put_session(session).await.unwrap();
        format!("quantrac_session={token}")
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        body: Option<&Value>,
    ) -> Response {
        let mut request = self.client.request(method, self.url(path)).header("cookie", cookie);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, "", None).await
    }

    /// The JSON of a good answer.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// A station says that; the fake processor believes it.
    pub(crate) async fn happens(&self, outcome: &Outcome) -> u64 {
        let payload = serde_json::to_vec(outcome).unwrap();
        let station = "thanh-hoa".parse().unwrap();
        let topic = "quantrac/v1/thanh-hoa/telemetry".to_owned();
        let body = ArrivalBody::Telemetry {
            station,
            topic,
            payload,
            retained: false,
            dup: false,
            again: None,
        };
        self.ledger.submit(body).await.unwrap().seq
    }

    pub(crate) fn breaks_intake(&self) {
        self.listening.store(false, Ordering::Relaxed);
    }
}

fn parts(
    ledger: Ledger,
    listening: Arc<AtomicBool>,
    desk: Arc<Desk>,
    (pack, realm): (Arc<Pack>, Realm),
) -> Parts {
    Parts {
        configuration: desk,
        ledger,
        realm,
        pack: Arc::new(move || Arc::clone(&pack)),
        receipt_key: Arc::from(RECEIPT_KEY),
        drill: None,
        broker_status: Arc::new(move || BrokerStatus {
            listening: listening.load(Ordering::Relaxed),
            connections: 3,
            address: "127.0.0.1:1883".to_owned(),
            failing_since: None,
        }),
        history: web::History { watch: history::HistoryWatch::off(), archive: None },
        external_status: Arc::new(Vec::new),
        config_problem: Arc::new(|| None),
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        version: "0.1.0-test".to_owned(),
    }
}

/// The pack that is shipped.
pub(crate) fn shipped_pack() -> Arc<Pack> {
    static PACK: OnceLock<Arc<Pack>> = OnceLock::new();
    let load = || Arc::new(Pack::parse(&shipped_files()).unwrap());
    Arc::clone(PACK.get_or_init(load))
}

/// Its files.
pub(crate) fn shipped_files() -> PackFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/binh-dinh");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect::<BTreeMap<_, _>>()
}

/// What a problem must look like; gives its detail.
pub(crate) async fn problem(answer: Response, status: u16) -> String {
    let url = answer.url().clone();
    assert_eq!(answer.status(), status, "{url}");
    assert_eq!(answer.headers()["content-type"], "application/problem+json", "{url}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status, "{url}");
    assert!(body["type"].as_str().unwrap().starts_with("urn:quantrac:problem:"), "{body}");
    assert!(!body["title"].as_str().unwrap().is_empty(), "{body}");
    body["detail"].as_str().unwrap().to_owned()
}

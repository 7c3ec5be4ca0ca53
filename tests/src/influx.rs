//! The real InfluxDB 2 in a folder of its own, as `make influxd` built it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use history::Influx;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::server::{Installation, free_port, signal};

/// How long it may take to answer.
const START: Duration = Duration::from_secs(60);
/// Organisation of every test.
pub const ORG: &str = "quantrac";
/// Token of every test: `setup` takes the one that it is given.
pub const TOKEN: &str = "a-token-of-the-tests-only-0123456789";

/// A row of an answer: column → text.
pub type Row = BTreeMap<String, String>;

/// A server's folder and port. Survives its process.
pub struct InfluxDb {
    /// Holds its data and its log.
    pub folder: tempfile::TempDir,
    /// Where it listens.
    pub address: SocketAddr,
    /// Program that starts it, such as `unshare`; empty = none.
    pub wrapper: Vec<String>,
    child: Option<Child>,
}

/// The server built by `make influxd`.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("INFLUXD_BIN") {
        return path.into();
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/influxd/bin/influxd");
    assert!(
        built.is_file(),
        "the real InfluxDB is not built: run 'make influxd' (Go, three minutes)"
    );
    built
}

impl InfluxDb {
    /// A new one with a free port; not started.
    ///
    /// # Panics
    /// When there is no temporary folder or no free port.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder, address: free_port(), wrapper: Vec::new(), child: None }
    }

    /// A new one that runs, with organisation and token.
    ///
    /// # Errors
    /// It cannot be started; its log is in the text.
    pub async fn running() -> Result<Self> {
        let mut server = Self::new();
        server.start().await?;
        server.setup().await?;
        Ok(server)
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Folder of its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// It ends, or does not answer in time; its log is in the text.
    pub async fn start(&mut self) -> Result<()> {
        let data = self.data();
        fs::create_dir_all(&data)?;
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut words = self.wrapper.clone();
        words.push(program().display().to_string());
        let path = |name: &str| data.join(name).display().to_string();
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--bolt-path", &path("influxd.bolt"), "--sqlite-path", &path("influxd.sqlite")])
            .args(["--engine-path", &path("engine")])
            .args(["--http-bind-address", &self.address.to_string()])
            .args(["--reporting-disabled", "--log-level", "warn"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {words:?}"))?;
        let begun = Instant::now();
        let url = format!("{}/health", self.base());
        while !reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
            if let Some(status) = child.try_wait()? {
                bail!("influxd ended with {status}:\n{}", self.log());
            }
            if begun.elapsed() > START {
                bail!("influxd does not answer after {START:?}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.child = Some(child);
        Ok(())
    }

    /// Makes user, organisation and token; the buckets are quantrac's to make.
    ///
    /// # Errors
    /// It refuses.
    pub async fn setup(&self) -> Result<()> {
        let body = json!({
            "username": "tests", "password": "a-password-of-the-tests", "org": ORG, "bucket": "unused",
            "token": TOKEN,
        });
        let url = format!("{}/api/v2/setup", self.base());
        let answer = reqwest::Client::new().post(url).json(&body).send().await?;
        if !answer.status().is_success() {
            bail!("setup: {}", answer.text().await?);
        }
        Ok(())
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().await.expect("our own child can be killed");
    }

    /// Stops it in its tracks (`STOP`), or lets it go on (`CONT`).
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name).expect("it runs");
    }

    /// Takes away all its data. It must not run.
    ///
    /// # Panics
    /// When the folder cannot be removed.
    pub fn wipe(&self) {
        fs::remove_dir_all(self.data()).expect("its own folder can be removed");
    }

    /// Process id.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().and_then(Child::id).expect("it runs")
    }

    /// Tells an installation to feed it: writes the token and the settings. `url` may be a proxy before it, and
    /// `more` further keys of `[history]`.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn feed_from(&self, installation: &mut Installation, url: &str, more: &str) {
        installation.give_secret("influxdb", TOKEN);
        let settings = installation.folder.path().join("quantrac.toml");
        let text = format!("[history]\nurl = \"{url}\"\norg = \"{ORG}\"\n{more}\n");
        fs::write(&settings, text).expect("the folder can be written");
        if installation.arguments.iter().all(|word| word != "--settings") {
            let settings = settings.display().to_string();
            installation.arguments.extend(["--settings".to_owned(), settings]);
        }
    }

    /// The rows that a question in Flux is answered with.
    ///
    /// # Errors
    /// The server refuses, or is not reached.
    pub async fn query(&self, flux: &str) -> Result<Vec<Row>> {
        self.query_as(TOKEN, flux).await
    }

    /// The same with another token.
    ///
    /// # Errors
    /// The server refuses, or is not reached.
    pub async fn query_as(&self, token: &str, flux: &str) -> Result<Vec<Row>> {
        let token = token.to_owned();
        let token: history::Token = Arc::new(move || Ok(token.clone()));
        let server = Influx::new(&self.base(), ORG, &token, Duration::from_secs(120))?;
        let mut rows = Vec::new();
        server.query(flux, |row| rows.push(row.to_map())).await?;
        Ok(rows)
    }

    /// Writes lines that are not quantrac's.
    ///
    /// # Errors
    /// It refuses, or is not reached.
    pub async fn write(&self, bucket: &str, lines: &str) -> Result<()> {
        let url = format!("{}/api/v2/write?org={ORG}&bucket={bucket}", self.base());
        self.ask(reqwest::Client::new().post(url).body(lines.to_owned())).await.map(drop)
    }

    /// Deletes points, of whatever time.
    ///
    /// # Errors
    /// It refuses, or is not reached.
    pub async fn delete(&self, bucket: &str, predicate: &str) -> Result<()> {
        let url = format!("{}/api/v2/delete?org={ORG}&bucket={bucket}", self.base());
        let (start, stop) = ("1900-01-01T00:00:00Z", "2200-01-01T00:00:00Z");
        let body = json!({"start": start, "stop": stop, "predicate": predicate});
        self.ask(reqwest::Client::new().post(url).json(&body)).await.map(drop)
    }

    /// Deletes a bucket with everything in it.
    ///
    /// # Errors
    /// It is not there, or the server is not reached.
    pub async fn delete_bucket(&self, name: &str) -> Result<()> {
        let (client, url) = (reqwest::Client::new(), format!("{}/api/v2/buckets", self.base()));
        let found = self.ask(client.get(&url).query(&[("name", name)])).await?;
        let found: serde_json::Value = found.json().await?;
        let id = found["buckets"][0]["id"].as_str().context("there is no such bucket")?;
        self.ask(client.delete(format!("{url}/{id}"))).await.map(drop)
    }

    /// Makes buckets, and a token that may read them, write them or both (`actions`), and nothing else.
    ///
    /// # Errors
    /// One of them is there already, or the server is not reached.
    pub async fn token_for(&self, names: &[&str], actions: &[&str]) -> Result<String> {
        let (client, base) = (reqwest::Client::new(), self.base());
        let orgs = self.ask(client.get(format!("{base}/api/v2/orgs"))).await?;
        let orgs: serde_json::Value = orgs.json().await?;
        let org = &orgs["orgs"][0]["id"];
        let mut permissions = Vec::new();
        for name in names {
            let body = json!({"name": name, "orgID": org, "retentionRules": []});
            let made = self.ask(client.post(format!("{base}/api/v2/buckets")).json(&body)).await?;
            let made: serde_json::Value = made.json().await?;
            let resource = json!({"type": "buckets", "id": made["id"], "orgID": org});
            let may = |action: &&str| json!({"action": action, "resource": resource});
            permissions.extend(actions.iter().map(may));
        }
        let body = json!({"orgID": org, "permissions": permissions});
        let url = format!("{base}/api/v2/authorizations");
        let made: serde_json::Value = self.ask(client.post(url).json(&body)).await?.json().await?;
        Ok(made["token"].as_str().context("a token has been made")?.to_owned())
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response> {
        let answer = request.header("Authorization", format!("Token {TOKEN}")).send().await?;
        if !answer.status().is_success() {
            bail!("{}: {}", answer.status(), answer.text().await?);
        }
        Ok(answer)
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Default for InfluxDb {
    fn default() -> Self {
        Self::new()
    }
}

//! The real binary in a folder of its own.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::measure;

/// How long the binary may take to open its doors.
const START: Duration = Duration::from_secs(60);
/// Secret of every station of a test.
pub const SECRET: &str = "a-secret-of-the-tests-only-0123456789";

/// An installation: a folder with a pack and data, and the ports it uses. Survives its process.
pub struct Installation {
    /// Holds `pack`, `var` and `log`.
    pub folder: tempfile::TempDir,
    /// Where stations connect.
    pub mqtt: SocketAddr,
    /// Where browsers connect.
    pub web: SocketAddr,
    /// Further arguments of `serve`.
    pub arguments: Vec<String>,
    /// Program that starts the binary, such as `strace`; empty = none.
    pub wrapper: Vec<String>,
}

/// A running server.
pub struct Server {
    child: Child,
    pid: u32,
}

/// The binary built with these tests.
///
/// # Panics
/// When it is not there: build the workspace.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("QUANTRAC_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().expect("a running test has a path");
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join("quantrac")).find(|path| path.is_file());
    found.expect("the binary 'quantrac' is not built: run 'cargo build --workspace' first")
}

impl Installation {
    /// A new one with free ports; write its pack before starting.
    ///
    /// # Panics
    /// When there is no temporary folder or no free port.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (mqtt, web) = (free_port(), free_port());
        Self { folder, mqtt, web, arguments: Vec::new(), wrapper: Vec::new() }
    }

    /// Folder of the pack.
    #[must_use]
    pub fn pack(&self) -> PathBuf {
        self.folder.path().join("pack")
    }

    /// Folder of the data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("var")
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.data().join("quantrac.db")
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.web)
    }

    /// Starts the binary and waits until it is ready.
    ///
    /// # Errors
    /// It ends, or is not ready in time; the log is in the text.
    pub async fn start(&self) -> Result<Server> {
        let mut server = self.spawn()?;
        let begun = Instant::now();
        let (client, url) = (reqwest::Client::new(), format!("{}/health/ready", self.base()));
        loop {
            if let Ok(answer) = client.get(&url).send().await
                && answer.status().is_success()
            {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status}:\n{}", self.log());
            }
            if begun.elapsed() > START {
                bail!("the server is not ready after {START:?}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts the binary and waits for nothing.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&self) -> Result<Server> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .context("the log can be written")?;
        let mut words = self.wrapper.clone();
        words.push(binary().display().to_string());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .arg("serve")
            .args(["--config", &self.pack().display().to_string()])
            .args(["--data", &self.data().display().to_string()])
            .args(["--mqtt", &self.mqtt.to_string(), "--web", &self.web.to_string()])
            .args(&self.arguments)
            .env("QUANTRAC_LOG", "info")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("cannot start {words:?}"))?;
        let pid = child.id().context("it has just been started")?;
        Ok(Server { child, pid })
    }

    /// What the binary said so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Writes the settings and uses them.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn set(&mut self, settings: &str) {
        let path = self.folder.path().join("settings.toml");
        fs::write(&path, settings).expect("the folder can be written");
        if self.arguments.iter().all(|word| word != "--settings") {
            self.arguments.extend(["--settings".to_owned(), path.display().to_string()]);
        }
    }

    /// Writes a secret into the folder of secrets, whether it was started or not.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn give_secret(&self, name: &str, text: &str) {
        let folder = self.data().join("secrets");
        let private = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::set_permissions(self.data(), private(0o700)).expect("it is ours");
        fs::set_permissions(&folder, private(0o700)).expect("it is ours");
        fs::write(folder.join(name), text).expect("the folder can be written");
        fs::set_permissions(folder.join(name), private(0o600)).expect("it is ours");
    }

    /// Gives every station the secret of the tests. The ledger must exist.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn admit(&self, stations: impl IntoIterator<Item = String>) -> Result<()> {
        let hash = store::secret_hash(SECRET);
        let open = |realm| store::People::open(&self.ledger(), realm);
        let mut people = open(domain::Realm::Actual).or_else(|_| open(domain::Realm::Exercise))?;
        for station in stations {
            people.put_credential(&station.parse()?, &hash)?;
        }
        Ok(())
    }

    /// Runs another command of the binary and gives what it printed.
    ///
    /// # Errors
    /// It cannot be started, or ends with a failure.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = std::process::Command::new(binary()).args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{arguments:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(text)
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// `kill -9`.
    ///
    /// # Panics
    /// When the process cannot be killed or waited for.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("our own child can be killed");
    }

    /// `kill -9` of the program behind the wrapper; the wrapper ends with it.
    ///
    /// # Panics
    /// When there is no such program, or the wrapper cannot be waited for.
    pub async fn kill_traced(mut self) {
        signal(self.traced(), "KILL").expect("our own child can be killed");
        self.child.wait().await.expect("our own child can be waited for");
    }

    /// Process id of the program that the wrapper started.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn traced(&self) -> u32 {
        let path = format!("/proc/{0}/task/{0}/children", self.pid);
        let children = fs::read_to_string(path).expect("the wrapper runs");
        let child = children.split_whitespace().next().expect("the wrapper has started something");
        child.parse().expect("a process id")
    }

    /// `SIGTERM`, then waits for the orderly end.
    ///
    /// # Errors
    /// It does not end within 30 s, or ends with a failure.
    pub async fn stop(mut self) -> Result<()> {
        signal(self.pid, "TERM")?;
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        let status = ended.context("the server does not stop")??;
        if !status.success() {
            bail!("the server stopped with {status}");
        }
        Ok(())
    }

    /// Process id.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// CPU seconds used so far, user and system.
    ///
    /// # Panics
    /// When `/proc` does not know the process.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        measure::cpu_seconds(self.pid)
    }

    /// Resident memory now, MB.
    ///
    /// # Panics
    /// When `/proc` does not know the process.
    #[must_use]
    pub fn memory_mb(&self) -> f64 {
        measure::memory_mb(self.pid)
    }
}

/// Sends a signal by name.
///
/// # Errors
/// There is no such process.
pub fn signal(pid: u32, name: &str) -> Result<()> {
    let status = std::process::Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status()
        .context("kill is part of every system")?;
    if !status.success() {
        bail!("kill -{name} {pid} failed");
    }
    Ok(())
}

/// A port of loopback that nobody listens on.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound")
}

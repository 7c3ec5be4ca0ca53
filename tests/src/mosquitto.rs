//! The real Mosquitto, as a province runs it: a folder, a port and a configuration of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::mqtt::Station;
use crate::server::{free_port, signal};

/// A broker's folder and port. Survives its process.
pub struct Mosquitto {
    /// Holds `conf`, `log` and `store`.
    pub folder: tempfile::TempDir,
    /// Where clients connect.
    pub address: SocketAddr,
    child: Option<Child>,
}

impl Mosquitto {
    /// One that keeps what it acknowledges, as the README tells; `more` are further lines of its configuration.
    ///
    /// # Panics
    /// When there is no temporary folder or no free port.
    #[must_use]
    pub fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let one = Self { folder, address: free_port(), child: None };
        fs::create_dir(one.store()).expect("its folder can be written");
        one.configure(more);
        one
    }

    /// Writes another configuration, for the next start. `allow_anonymous` is for `more` to say.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn configure(&self, more: &str) {
        let (port, store) = (self.address.port(), self.store().display().to_string());
        // Started by root, it would become a user who may not look into our folder.
        let text = format!(
            "user root\nlistener {port} 127.0.0.1\npersistence true\npersistence_location {store}/\n\
             autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\nlog_type all\n{more}\n"
        );
        fs::write(self.folder.path().join("conf"), text).expect("its folder can be written");
    }

    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// It is not installed, or ends; what it said is in the text.
    pub async fn start(&mut self) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.log_path())?;
        let mut child = Command::new("mosquitto")
            .arg("-c")
            .arg(self.folder.path().join("conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("mosquitto is not installed: apt-get install mosquitto mosquitto-clients")?;
        for _ in 0..1_000 {
            if TcpStream::connect(self.address).await.is_ok() {
                self.child = Some(child);
                return Ok(());
            }
            if let Some(status) = child.try_wait()? {
                bail!("mosquitto ended with {status}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("mosquitto does not listen:\n{}", self.log())
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it was started");
        child.kill().await.expect("our own child can be killed");
    }

    /// Has everything that it has acknowledged written to its store, and waits for that: it writes at the end of a
    /// round of its loop, of the one that greets the first new client at the latest, and greets the next in a later one.
    ///
    /// # Errors
    /// It does not run, or lets nobody in.
    pub async fn settled(&self) -> Result<()> {
        let pid = self.child.as_ref().and_then(Child::id).context("it does not run")?;
        signal(pid, "USR1")?;
        for visitor in ["first", "second"] {
            Station::connect(self.address, visitor, "nothing").await.context("no greeting")?;
        }
        Ok(())
    }

    /// Takes its store away, as after a repair or a new machine.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn forget(&self) {
        fs::remove_dir_all(self.store()).expect("its folder can be written");
        fs::create_dir(self.store()).expect("its folder can be written");
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Runs `mosquitto_sub` until it has so many messages; gives `topic payload` line by line.
    ///
    /// # Errors
    /// It is not installed, or does not get them within 30 s; what it has is in the text.
    pub async fn listen(&self, topic: &str, count: usize) -> Result<Vec<String>> {
        let (port, count) = (self.address.port().to_string(), count.to_string());
        let output = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-v", "-W", "30"])
            .args(["-t", topic, "-C", &count])
            .kill_on_drop(true)
            .output()
            .await
            .context("mosquitto_sub is not installed: apt-get install mosquitto-clients")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("fewer than {count} messages came under '{topic}':\n{text}");
        }
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Its entry in the settings of an installation; `more` are further lines.
    #[must_use]
    pub fn entry(&self, name: &str, more: &str) -> String {
        let port = self.address.port();
        format!(
            "[[external]]\nname = \"{name}\"\naddress = \"127.0.0.1\"\nport = {port}\n\
             longest_wait_seconds = 2\nkeepalive_seconds = 5\n{more}\n"
        )
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

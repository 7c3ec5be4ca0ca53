//! The folder `var/secrets`: one file per secret, readable by us alone. Nothing in it is ever logged.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Bytes of a generated key: 256 bits.
const KEY_BYTES: usize = 32;
pub use store::{PASSWORD_LETTERS, STATION_LETTERS, generate};

/// The folder of secrets.
#[derive(Debug, Clone)]
pub struct Secrets(PathBuf);

impl Secrets {
    /// Creates `data` and `data/secrets` where absent, both for us alone (0700).
    ///
    /// # Errors
    /// They cannot be created, or others can read the secrets.
    pub fn open(data: &Path) -> Result<Self> {
        let folder = data.join("secrets");
        for path in [data, &folder] {
            let shown = path.display();
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .with_context(|| format!("cannot create '{shown}'"))?;
        }
        closed_to_others(&folder)?;
        Ok(Self(folder))
    }

    /// The key of that name; made at random where absent.
    ///
    /// # Errors
    /// The file cannot be read or created, has another length, or is open to others.
    pub fn key(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name)?;
        create(&path, &rand::random::<[u8; KEY_BYTES]>())?;
        let key = self.bytes(name)?.with_context(|| format!("'{}' vanished", path.display()))?;
        if key.len() != KEY_BYTES {
            let shown = path.display();
            bail!("'{shown}' has {} bytes instead of {KEY_BYTES}: restore or remove it", key.len());
        }
        Ok(key)
    }

    /// A secret as text without the line end, or `None` where there is no such file.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, is empty, or is open to others.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        let shown = self.path(name)?.display().to_string();
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes)
            .map_err(|_| anyhow::anyhow!("'{shown}' is not text: write the secret again"))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            bail!("'{shown}' is empty: write the secret into it");
        }
        Ok(Some(text.to_owned()))
    }

    /// Writes a secret that is not there yet.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_new(&self, name: &str, text: &str) -> Result<bool> {
        create(&self.path(name)?, text.as_bytes())
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name)?;
        let shown = path.display();
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read '{shown}'")),
        };
        closed_to_others(&path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read '{shown}'"))?;
        Ok(Some(bytes))
    }

    /// A name from the configuration must not lead out of the folder.
    fn path(&self, name: &str) -> Result<PathBuf> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if name.is_empty() || name.starts_with('.') || !name.bytes().all(allowed) {
            bail!("'{name}' is not the name of a secret: use letters, digits, '.', '_' and '-'");
        }
        Ok(self.0.join(name))
    }
}

/// Creates a file for us alone (0600), whole and on disk, unless it is there: `true` = created.
fn create(path: &Path, content: &[u8]) -> Result<bool> {
    let shown = path.display();
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("cannot create '{shown}'")),
    };
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write '{shown}'"))?;
    Ok(true)
}

fn closed_to_others(path: &Path) -> Result<()> {
    let shown = path.display();
    let mode = fs::metadata(path)
        .with_context(|| format!("cannot look at '{shown}'"))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        bail!("others can read '{shown}' (mode {:o}): run chmod go= '{shown}'", mode & 0o777);
    }
    Ok(())
}

//! Writes files into the folder of the configuration: each is there whole, old or new, whatever happens.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use domain::PackFiles;

/// Files written beside those they are to replace, on disk but under hidden names. Dropped, they are gone.
pub(super) struct Staged {
    folder: PathBuf,
    /// (hidden name, name)
    files: Vec<(PathBuf, PathBuf)>,
}

impl Staged {
    /// Writes every file under a hidden name. What the folder or the disk forbids shows here, before anything is changed.
    ///
    /// # Errors
    /// One of them cannot be written; then none is left.
    pub(super) fn write(folder: &Path, files: &PackFiles) -> Result<Self> {
        let mut staged = Self { folder: folder.to_owned(), files: Vec::new() };
        for (name, text) in files {
            staged.add(name, text)?;
        }
        Ok(staged)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<()> {
        let target = self.folder.join(name);
        // A link keeps pointing where it points.
        let target = fs::canonicalize(&target).unwrap_or(target);
        let beside = target.parent().unwrap_or(&self.folder);
        let hidden = beside.join(format!(".{name}.new"));
        let shown = target.display().to_string();
        self.files.push((hidden.clone(), target.clone()));
        let written = || -> std::io::Result<()> {
            let mut file = File::create(&hidden)?;
            file.write_all(text.as_bytes())?;
            if let Ok(old) = fs::metadata(&target) {
                file.set_permissions(old.permissions())?;
            }
            file.sync_all()
        };
        written().map_err(|error| {
            anyhow!("cannot write '{shown}': {error}: let the server write that folder, and see that the disk has room")
        })
    }

    /// Puts each in its place. A crash in between leaves some old and some new, none in halves.
    ///
    /// # Errors
    /// One cannot be put in its place; those before it are.
    pub(super) fn put_in_place(mut self) -> Result<()> {
        for (hidden, target) in std::mem::take(&mut self.files) {
            let shown = target.display();
            fs::rename(&hidden, &target).with_context(|| format!("cannot replace '{shown}'"))?;
            let folder = target.parent().unwrap_or(&self.folder);
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.with_context(|| format!("cannot sync '{}'", folder.display()))?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (hidden, _) in &self.files {
            // It may never have come to be there.
            let _gone = fs::remove_file(hidden);
        }
    }
}

/// Finishes what a crash, or a full disk, left half done: whatever is as it was before, or gone, becomes as it is to be.
/// What is neither is a change by hand, and stays: it is looked at afterwards like any other.
///
/// # Errors
/// A file cannot be written.
pub(super) fn finish(folder: &Path, before: &PackFiles, wanted: &PackFiles) -> Result<()> {
    let mut left = PackFiles::new();
    for (name, text) in wanted {
        match fs::read_to_string(folder.join(name)) {
            Ok(found) if found == *text => {}
            Ok(found) if before.get(name) != Some(&found) => {
                tracing::warn!(file = %name, "was changed by hand meanwhile, and is left as it is");
            }
            Ok(_) => {
                left.insert(name.clone(), text.clone());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                left.insert(name.clone(), text.clone());
            }
            Err(error) => {
                let shown = folder.join(name).display().to_string();
                return Err(error).with_context(|| format!("cannot read '{shown}'"));
            }
        }
    }
    Staged::write(folder, &left)?.put_in_place()
}

/// Changes with every change of the folder, as far as it could be read.
pub(super) fn tag(seen: &Result<PackFiles, String>) -> String {
    let mut hasher = DefaultHasher::new();
    seen.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(files: &[(&str, &str)]) -> PackFiles {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("listed");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().into_string().expect("a name")
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_shows_before_its_place_is_taken_and_nothing_is_left_behind() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path();
        fs::write(path.join("a.toml"), "old").expect("written");
        let staged = Staged::write(path, &pack(&[("a.toml", "new")])).expect("staged");
        assert_eq!(fs::read_to_string(path.join("a.toml")).expect("read"), "old");
        drop(staged);
        assert_eq!(names(path), ["a.toml"]);
        let staged = Staged::write(path, &pack(&[("a.toml", "new")])).expect("staged");
        staged.put_in_place().expect("in place");
        assert_eq!(fs::read_to_string(path.join("a.toml")).expect("read"), "new");
        assert_eq!(names(path), ["a.toml"]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_and_leaves_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path();
        // Nobody, not even root, writes a file where a folder is.
        fs::create_dir(path.join(".b.toml.new")).expect("made");
        let told = Staged::write(path, &pack(&[("a.toml", "x"), ("b.toml", "y")])).err();
        let told = told.expect("refused").to_string();
        assert!(told.contains("b.toml") && told.contains("let the server write"), "{told}");
        assert_eq!(names(path), [".b.toml.new"]);
    }

    #[test]
    fn what_was_left_half_done_is_finished_and_a_hand_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path();
        let before = pack(&[("a.toml", "1"), ("b.toml", "1"), ("c.toml", "1"), ("d.toml", "1")]);
        let wanted = pack(&[("a.toml", "2"), ("b.toml", "2"), ("c.toml", "2"), ("d.toml", "1")]);
        for (name, text) in [("a.toml", "2"), ("b.toml", "1"), ("c.toml", "hand"), ("d.toml", "1")]
        {
            fs::write(path.join(name), text).expect("written");
        }
        finish(path, &before, &wanted).expect("finished");
        let read = |name: &str| fs::read_to_string(path.join(name)).expect("read");
        assert_eq!(["a.toml", "b.toml", "c.toml", "d.toml"].map(read), ["2", "2", "hand", "1"]);
        let (one, other) = (tag(&Ok(before)), tag(&Ok(wanted)));
        assert_ne!(one, other);
    }
}

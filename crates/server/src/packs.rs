//! The configuration pack on disk.

use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::PackFiles;
use pack::Fault;

/// Most bytes of one file of a pack; an outline of an area may be long.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Reads every `.toml` of a folder; folders inside it are not part of a pack.
///
/// # Errors
/// The folder or one of its files cannot be read, or it holds no `.toml` at all.
pub fn read(folder: &Path) -> Result<PackFiles> {
    let shown = folder.display();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the configuration folder '{shown}'"))?;
    let mut files = PackFiles::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list '{shown}'"))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // Editors leave hidden files behind while they save.
        if !name.ends_with(".toml") || name.starts_with('.') || !path.is_file() {
            continue;
        }
        files.insert(name.to_owned(), read_file(&path)?);
    }
    if files.is_empty() {
        bail!("'{shown}' holds no .toml file: name the folder of a configuration pack");
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<String> {
    let shown = path.display();
    let bytes = std::fs::metadata(path).with_context(|| format!("cannot read '{shown}'"))?.len();
    if bytes > LARGEST_FILE {
        bail!("'{shown}' has {bytes} bytes, more than {LARGEST_FILE}: split or shorten it");
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read '{shown}' as UTF-8 text"))
}

/// Every fault on a line of its own.
#[must_use]
pub fn listed(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_toml_files_of_the_folder_itself_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str| std::fs::write(folder.path().join(name), name).expect("written");
        std::fs::create_dir(folder.path().join("nested.toml")).expect("created");
        ["a.toml", ".b.toml", "c.toml~", "notes.md"].into_iter().for_each(write);
        let files = read(folder.path()).expect("a pack");
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a.toml"]);
    }

    #[test]
    fn an_absent_an_empty_and_a_garbled_folder_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |path: &Path| format!("{:#}", read(path).expect_err("unusable"));
        assert!(told(&folder.path().join("absent")).contains("cannot read the configuration"));
        assert!(told(folder.path()).contains("holds no .toml"));
        std::fs::write(folder.path().join("a.toml"), b"\xff\xfe").expect("written");
        assert!(told(folder.path()).contains("UTF-8"));
    }
}

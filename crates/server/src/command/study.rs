//! `quantrac export` and `quantrac report`: what the history says, out of a ledger at rest or beside its server.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use domain::{Realm, Span, Time};
use history::Archive;
use pack::Pack;
use store::{Clock as _, Reader};
use web::study::{Error, Export, Format, Incomplete, Kind, Period, Report, Style};

use super::{journal, people};
use crate::cli::{self, FormatName, StyleName, Ways};
use crate::clock::SystemClock;
use crate::console::complain;
use crate::secrets::Secrets;
use crate::{packs, serve};

/// What is looked at when no `--from` is given.
const DEFAULT_RANGE: Span = Span::days(30);
/// Bytes written at a time.
const PIECE: usize = 256 * 1_024;

/// Carries out `quantrac export`.
///
/// # Errors
/// There is no ledger, something that was named does not exist, the readings cannot be read to the end, or the file
/// exists or cannot be written.
pub async fn export(options: cli::Export) -> Result<()> {
    let opened = Opened::open(&options.ways)?;
    let to = options.what.to.unwrap_or(opened.now);
    let format = options.format.or_else(|| options.ways.ending()).unwrap_or(FormatName::Csv);
    let asked = Export {
        choice: options.what.choice(),
        from: options.what.from.unwrap_or(to - DEFAULT_RANGE),
        to,
        every: options.every,
        utc: options.utc,
        format: Format::from(format),
        bom: options.ways.bom,
    };
    let planned = asked.plan(&opened.reader, &opened.pack, opened.realm)?;
    let planned = planned.joined(opened.archive).await;
    told(planned.incomplete());
    let out = options.ways.out;
    let shown = out.clone();
    let written = write(out, move |out| planned.write(out)).await?;
    if let (Some(written), Some(path)) = (written, shown) {
        let (readings, rows) = (written.readings, written.rows);
        complain(format!("{rows} rows of {readings} readings in '{}'", path.display()));
    }
    Ok(())
}

/// Carries out `quantrac report`.
///
/// # Errors
/// As [`export`], and a book without its period.
pub async fn report(options: cli::Report) -> Result<()> {
    let opened = Opened::open(&options.ways)?;
    let kind = Kind::named(options.kind.name(), options.period)?;
    let to = options.period.map(Period::to).or(options.what.to).unwrap_or(opened.now);
    let from = options.period.map(Period::from).or(options.what.from);
    let style = options.format.or_else(|| options.ways.ending()).unwrap_or(StyleName::Text);
    let asked = Report {
        kind,
        choice: options.what.choice(),
        from: from.unwrap_or(to - DEFAULT_RANGE),
        to,
        known_until: opened.now,
        style: match style {
            StyleName::Text => Style::Screen(options.lang.into()),
            StyleName::Csv => Style::Csv,
            StyleName::Json => Style::Json,
        },
        bom: options.ways.bom,
    };
    let prepared = asked.plan(&opened.reader, &opened.pack, opened.realm)?;
    let prepared = prepared.joined(opened.archive).await;
    told(prepared.incomplete());
    write(options.ways.out, move |out| prepared.write(out)).await.map(drop)
}

/// A ledger with what is needed to understand it.
struct Opened {
    reader: Reader,
    realm: Realm,
    pack: Pack,
    /// Now; of an exercise the time of its last arrival.
    now: Time,
    archive: Option<Archive>,
}

impl Opened {
    fn open(ways: &Ways) -> Result<Self> {
        let reader = people::reader(&ways.data.data)?;
        let realm = reader.realm()?;
        let now = match realm {
            Realm::Actual => SystemClock.now(),
            _ => journal::last(&reader)?.map_or_else(|| SystemClock.now(), |(_, at)| at),
        };
        let pack = pack(&reader, ways.config.as_deref())?;
        let archive = archive(ways, realm)?;
        Ok(Self { reader, realm, pack, now, archive })
    }
}

/// The pack of a folder, or the last one that was in force.
fn pack(reader: &Reader, folder: Option<&Path>) -> Result<Pack> {
    let (files, whose) = match folder {
        Some(folder) => (packs::read(folder)?, format!("the pack in '{}'", folder.display())),
        None => {
            let record = reader.config_at(Time::from_millis(i64::MAX))?;
            let record = record.context(
                "the ledger has no configuration yet: name the folder of one with --config",
            )?;
            (record.files, format!("the configuration of arrival {}", record.seq))
        }
    };
    Pack::parse(&files).map_err(|faults| {
        let faults = packs::listed(&faults);
        anyhow!("{whose} cannot be used, name the folder of another with --config:\n{faults}")
    })
}

fn archive(ways: &Ways, realm: Realm) -> Result<Option<Archive>> {
    let Some(settings) = &ways.settings else { return Ok(None) };
    let config = serve::settings(Some(settings), None, None)?.history;
    if config.url.is_none() {
        return Ok(None);
    }
    let token = serve::token(&Secrets::open(&ways.data.data)?, &config.token_secret);
    Ok(Some(Archive::new(config, realm, token)))
}

fn told(incomplete: Option<&Incomplete>) {
    let Some(Incomplete { before, reason }) = incomplete else { return };
    let advice = match reason.as_str() {
        "off" => "name the settings of the installation with --settings, to ask its history server",
        _ => "look at the history server with 'quantrac history status'",
    };
    complain(format!(
        "incomplete: the ledger does not keep everything before {before} any more, history server: {reason}; {advice}"
    ));
}

/// Writes a file that does not exist yet, or to standard output. Until it is whole, the file is called `….part`, and of
/// what failed on its way nothing is left. `None` = whoever read standard output had enough.
async fn write<T: Send + 'static>(
    path: Option<PathBuf>,
    work: impl FnOnce(BufWriter<Out>) -> Result<T, Error> + Send + 'static,
) -> Result<Option<T>> {
    let Some(path) = path else {
        let gone = Arc::new(AtomicBool::new(false));
        let out = Out::Standard(io::stdout(), Arc::clone(&gone));
        let written = blocking(move || work(BufWriter::with_capacity(PIECE, out))).await?;
        return match written {
            Err(_) if gone.load(Ordering::Relaxed) => Ok(None),
            written => Ok(Some(written?)),
        };
    };
    let shown = path.display().to_string();
    if path.exists() {
        bail!("'{shown}' exists already: name a file that does not");
    }
    let part = path.with_added_extension("part");
    let file =
        File::create(&part).with_context(|| format!("cannot create '{}'", part.display()))?;
    let kept = file.try_clone().with_context(|| format!("cannot write '{shown}'"))?;
    let out = BufWriter::with_capacity(PIECE, Out::File(file));
    let written = blocking(move || work(out)).await?;
    let whole = written.map_err(anyhow::Error::from).and_then(|written| {
        kept.sync_all()?;
        std::fs::rename(&part, &path)?;
        Ok(written)
    });
    if whole.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    whole.map(Some).with_context(|| format!("'{shown}' could not be written to its end"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("the work ended by a fault")
}

/// A file, or standard output; a closed pipe (`| head`) is the reader's way to say "enough".
enum Out {
    File(File),
    Standard(io::Stdout, Arc<AtomicBool>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Standard(out, gone) => noted(out.write(bytes), gone),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Standard(out, gone) => noted(out.flush(), gone),
        }
    }
}

fn noted<T>(done: io::Result<T>, gone: &AtomicBool) -> io::Result<T> {
    if done.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        gone.store(true, Ordering::Relaxed);
    }
    done
}

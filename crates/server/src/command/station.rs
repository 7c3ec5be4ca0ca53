//! `quantrac station`: secrets of stations and of receivers of warnings.

use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::StationId;
use store::{REVOKED, SHUT};

use super::people;
use crate::cli;
use crate::console::say;
use crate::secrets::{STATION_LETTERS, generate};

/// Carries out `quantrac station …`.
///
/// # Errors
/// There is no ledger, or no such account.
pub fn run(command: cli::Station) -> Result<()> {
    match command {
        cli::Station::Add { id, receiver, data } => add(&data.data, &account(id, receiver)?),
        cli::Station::List(data) => list(&data.data),
        cli::Station::Revoke { id, data } => revoke(&data.data, &id),
    }
}

fn account(id: Option<StationId>, receiver: Option<String>) -> Result<StationId> {
    match (id, receiver) {
        (Some(id), _) if id.as_str().starts_with("receiver-") => {
            bail!("'{id}' would be a receiver: use --receiver NAME, or another name")
        }
        (Some(id), _) if ingest::reserved(id.as_str()) => {
            bail!("'{id}' is reserved: nobody is let in by this name; choose another")
        }
        (Some(id), _) => Ok(id),
        (None, Some(name)) => Ok(format!("receiver-{name}").parse()?),
        (None, None) => bail!("name a station, or a receiver with --receiver"),
    }
}

fn add(data: &Path, account: &StationId) -> Result<()> {
    let secret = generate(STATION_LETTERS);
    put(data, account, &store::secret_hash(&secret), "secret made")?;
    say(format!("{account} {secret}"));
    say("# user name and secret, shown only this once; a secret from before is worth nothing now");
    Ok(())
}

fn revoke(data: &Path, account: &StationId) -> Result<()> {
    if people::reader(data)?.credential(account)?.is_none() {
        bail!("there is no account '{account}': look at 'quantrac station list'");
    }
    put(data, account, REVOKED, "secret revoked")?;
    say(format!("{account}: its secret is worth nothing now"));
    Ok(())
}

fn list(data: &Path) -> Result<()> {
    for (account, hash) in people::reader(data)?.credentials()? {
        let state = match hash.as_str() {
            REVOKED => "revoked",
            SHUT => "shut",
            _ => "has a secret",
        };
        say(format!("{account:<32} {state}"));
    }
    Ok(())
}

fn put(data: &Path, account: &StationId, hash: &str, what: &str) -> Result<()> {
    let mut people = people::open(data)?;
    people
        .put_credential(account, hash)
        .with_context(|| format!("cannot write the account '{account}'"))?;
    people::audit(&mut people, what, account.as_str())
}

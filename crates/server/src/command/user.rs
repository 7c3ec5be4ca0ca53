//! `quantrac user`: people who can sign in.

use std::path::Path;

use anyhow::{Context, Result, bail};
use store::{Role, User};

use super::people;
use crate::cli::{self, RoleName};
use crate::console::say;
use crate::secrets::{PASSWORD_LETTERS, generate};

/// Carries out `quantrac user …`.
///
/// # Errors
/// There is no ledger or no such user, or the password is too short.
pub fn run(command: cli::User) -> Result<()> {
    match command {
        cli::User::Add { name, role, full_name, password_stdin, data } => {
            let role = Role::from(role);
            add(&data.data, &name, role, &full_name, password_stdin)
        }
        cli::User::List(data) => list(&data.data),
        cli::User::Disable { name, data } => {
            change(&data.data, &name, "user disabled", |user| user.disabled = true)?;
            say(format!("'{name}' cannot sign in any more"));
            Ok(())
        }
        cli::User::Password { name, password_stdin, data } => {
            let (password_hash, made) = password(password_stdin)?;
            change(&data.data, &name, "password changed", |user| {
                user.password_hash = password_hash;
                user.disabled = false;
            })?;
            tell(&name, made.as_deref());
            Ok(())
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::DutyOfficer => Self::DutyOfficer,
            RoleName::Forecaster => Self::Forecaster,
            RoleName::Admin => Self::Admin,
        }
    }
}

fn add(data: &Path, name: &str, role: Role, full_name: &str, from_stdin: bool) -> Result<()> {
    check_name(name)?;
    let known = people::reader(data)?.user(name)?;
    if known.as_ref().is_some_and(|user| user.disabled) && !from_stdin {
        bail!(
            "'{name}' is disabled: to let them in again, give them a new password with 'quantrac user password {name}'"
        );
    }
    let (password_hash, made) = match known {
        // Somebody who is there keeps their password; only role and name change.
        Some(user) if !from_stdin => (user.password_hash, None),
        _ => password(from_stdin)?,
    };
    let full_name = domain::form::composed(full_name.trim()).into_owned();
    let user = User { name: name.to_owned(), full_name, role, password_hash, disabled: false };
    let mut people = people::open(data)?;
    people.put_user(&user).with_context(|| format!("cannot write user '{name}'"))?;
    people::audit(&mut people, "user added", &format!("{name} as {role:?}"))?;
    tell(name, made.as_deref());
    Ok(())
}

fn list(data: &Path) -> Result<()> {
    for user in people::reader(data)?.users()? {
        let state = if user.disabled { "disabled" } else { "" };
        say(format!("{:<20} {:<12} {} {state}", user.name, role(user.role), user.full_name)
            .trim_end());
    }
    Ok(())
}

fn change(data: &Path, name: &str, what: &str, change: impl FnOnce(&mut User)) -> Result<()> {
    let Some(mut user) = people::reader(data)?.user(name)? else {
        bail!("there is no user '{name}': look at 'quantrac user list'");
    };
    change(&mut user);
    let mut people = people::open(data)?;
    people.put_user(&user).with_context(|| format!("cannot write user '{name}'"))?;
    people::audit(&mut people, what, name)
}

/// The hash of a password, and the password itself when it was made up here.
pub(crate) fn password(from_stdin: bool) -> Result<(String, Option<String>)> {
    if from_stdin {
        return Ok((web::hash_password(&people::password_from_stdin()?)?, None));
    }
    let made = generate(PASSWORD_LETTERS);
    Ok((web::hash_password(&made)?, Some(made)))
}

fn tell(name: &str, made: Option<&str>) {
    match made {
        Some(password) => say(format!("{name}: password {password} (shown only this once)")),
        None => say(format!("{name}: done")),
    }
}

fn check_name(name: &str) -> Result<()> {
    // The same letters as every other name, so that it can stand in addresses and logs.
    name.parse::<domain::StationId>().map(drop).map_err(Into::into)
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::DutyOfficer => "duty-officer",
        Role::Forecaster => "forecaster",
        Role::Admin => "admin",
    }
}

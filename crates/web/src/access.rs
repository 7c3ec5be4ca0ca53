//! What a handler must ask for before it gets at anything.
//!
//! The shared state has no other way in: a handler that takes `Access<DutyOfficer>` cannot run for
//! anybody else, and one that takes no `Access` has nothing to show.

use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request;
use domain::Time;
use pack::Pack;
use store::{Reader, Role, StoreError};

use crate::app::{App, Inner};
use crate::auth::Person;
use crate::problem::{Kind, Problem};
use crate::reads::Lane;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The signed-in person.
    pub(crate) person: Option<Person>,
    /// Hash of the session's token.
    pub(crate) session: Option<String>,
    /// Where from, behind trusted proxies.
    pub(crate) address: IpAddr,
    /// Reached us by HTTPS, as a trusted proxy says.
    pub(crate) https: bool,
    /// On this machine, with no proxy in between.
    pub(crate) local: bool,
    /// Signs in or out, or confirms a receipt.
    pub(crate) enters: bool,
}

/// What a door asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// Nothing while reading is public, else a signed-in person.
    Reading,
    /// At least that role.
    Role(Role),
}

/// A kind of door.
pub(crate) trait Door: Send + Sync + 'static {
    /// What it asks for.
    const NEEDS: Needs;
}

macro_rules! doors {
    ($($(#[$doc:meta])* $name:ident = $needs:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;
        impl Door for $name {
            const NEEDS: Needs = $needs;
        }
    )*};
}
doors! {
    /// Open to everybody, always.
    Everyone = Needs::Nothing;
    /// Open to everybody while reading is public.
    Reading = Needs::Reading;
    /// Whoever is signed in.
    SignedIn = Needs::Role(Role::Viewer);
    /// A duty officer, or more.
    DutyOfficer = Needs::Role(Role::DutyOfficer);
    /// A forecaster, or more.
    Forecaster = Needs::Role(Role::Forecaster);
    /// An administrator.
    Admin = Needs::Role(Role::Admin);
}

/// Permission to pass that door, and what lies behind it.
pub(crate) struct Access<D> {
    app: App,
    caller: Caller,
    door: PhantomData<D>,
}

impl<D: Door> FromRequestParts<App> for Access<D> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| Problem::internal("a route is outside `admit`"))?;
        let role = caller.person.as_ref().map(|person| person.role);
        match D::NEEDS {
            Needs::Nothing => {}
            Needs::Reading if app.0.config.public_read || role.is_some() => {}
            Needs::Reading => return Err(sign_in_needed()),
            Needs::Role(least) => match role {
                None => return Err(sign_in_needed()),
                Some(role) if role >= least => {}
                Some(_) => {
                    let detail = format!("this needs the role {} or higher", role_name(least));
                    return Err(Problem::new(Kind::NotAllowed, detail));
                }
            },
        }
        Ok(Self { app: app.clone(), caller, door: PhantomData })
    }
}

fn sign_in_needed() -> Problem {
    Problem::new(Kind::SignInNeeded, "sign in first: POST /api/v1/session")
}

/// The role as written in the API.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::DutyOfficer => "duty_officer",
        Role::Forecaster => "forecaster",
        Role::Admin => "admin",
    }
}

impl<D> Access<D> {
    /// What all requests share.
    pub(crate) fn app(&self) -> &Inner {
        &self.app.0
    }

    /// The same, for what goes on after the answer has begun.
    pub(crate) const fn shared(&self) -> &App {
        &self.app
    }

    /// Who asks.
    pub(crate) const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether a person is signed in.
    pub(crate) const fn signed_in(&self) -> bool {
        self.caller.person.is_some()
    }

    /// The pack that was in force at that instant, by the time of its receipt; now, when none is given.
    ///
    /// # Errors
    /// There was none yet, or this program cannot read it any more.
    pub(crate) async fn pack(&self, at: Option<Time>) -> Result<Arc<Pack>, Problem> {
        let Some(at) = at else { return Ok((self.app().parts.pack)()) };
        let parsed = self.read(move |reader| {
            let record = reader.config_at(at)?;
            Ok(record.map(|record| Pack::parse(&record.files).map_err(|_| record.seq)))
        });
        match parsed.await? {
            Some(Ok(pack)) => Ok(Arc::new(pack)),
            Some(Err(seq)) => {
                let detail = format!("the configuration of arrival {seq} is of an older kind");
                Err(Problem::new(Kind::NotUsable, detail))
            }
            None => {
                Err(Problem::new(Kind::NotFound, format!("there was no configuration at {at}")))
            }
        }
    }

    /// Name of the signed-in person.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub(crate) fn name(&self) -> Result<String, Problem> {
        self.caller.person.as_ref().map(|person| person.name.clone()).ok_or_else(sign_in_needed)
    }

    /// Name of the signed-in person as printed under a warning: `Nguyễn Thị Lan (lan)`.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub(crate) fn signature(&self) -> Result<String, Problem> {
        let Person { name, full_name, .. } =
            self.caller.person.as_ref().ok_or_else(sign_in_needed)?;
        Ok(match full_name.trim() {
            "" => name.clone(),
            full_name => format!("{full_name} ({name})"),
        })
    }

    /// Notes what the signed-in person did. Nothing secret goes in: it is read by others.
    ///
    /// # Errors
    /// Nobody is signed in, or it cannot be written.
    pub(crate) async fn audit(&self, what: &str, detail: String) -> Result<(), Problem> {
        let who = self.name()?;
        Ok(self.app().parts.ledger.audit(who, what.to_owned(), detail).await?)
    }

    /// Reads from the store, in turn.
    ///
    /// # Errors
    /// Too many wait, or the store cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.app();
        let lane = match (self.signed_in(), self.caller.enters) {
            (true, _) => Lane::Staff,
            (false, true) => Lane::Entrance,
            (false, false) => Lane::Crowd,
        };
        app.reads.read(lane, app.parts.ledger.reader(), work).await
    }
}

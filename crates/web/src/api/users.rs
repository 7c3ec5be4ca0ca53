//! People who can sign in, for administrators. A password is made here, told once in the answer, and stored as a hash.

use axum::Json;
use domain::StationId;
use domain::form::{composed, folded};
use serde::{Deserialize, Serialize};
use store::{PASSWORD_LETTERS, Role, User};
use utoipa::ToSchema;

use super::stations::ListQuery;
use crate::access::{Access, Admin, role_name};
use crate::auth::hash_password;
use crate::input::{Ask, Body, Named};
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem, ProblemBody};

/// Longest name to sign in with, and as printed, characters.
const LONGEST_NAME: usize = 64;
const LONGEST_FULL_NAME: usize = 120;

/// A person who can sign in, or could.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Name to sign in with.
    name: String,
    /// Name as printed under a warning.
    full_name: String,
    /// `viewer`, `duty_officer`, `forecaster` or `admin`; each may do what those before may.
    #[schema(value_type = String)]
    role: Role,
    /// Cannot sign in any more; kept, because old warnings name them.
    disabled: bool,
}

impl From<User> for PersonView {
    fn from(user: User) -> Self {
        let User { name, full_name, role, disabled, .. } = user;
        Self { name, full_name, role, disabled }
    }
}

/// Somebody new.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    /// Name to sign in with: lower-case letters, digits, `-` and `_`.
    name: String,
    full_name: String,
    #[schema(value_type = String)]
    role: Role,
}

/// How somebody is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    full_name: String,
    #[schema(value_type = String)]
    role: Role,
    disabled: bool,
}

/// A password that was made, told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadePassword {
    name: String,
    /// Stored nowhere: pass it on now.
    password: String,
}

/// People by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "administration", params(ListQuery),
    responses((status = 200, body = Page<PersonView>)))]
pub(crate) async fn list(
    access: Access<Admin>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<PersonView>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<String> = cursor(query.cursor.as_deref())?;
    let users = access.read(|reader| reader.users()).await?;
    let rest =
        users.into_iter().filter(|user| after.as_ref().is_none_or(|after| user.name > *after));
    let views = rest.take(limit + 1).map(PersonView::from).collect();
    Ok(Json(Page::cut(views, limit, |person: &PersonView| person.name.clone())))
}

/// Lets somebody new in, with a password that is made up and told once.
#[utoipa::path(post, path = "/api/v1/users", tag = "administration", request_body = NewPerson,
    responses((status = 200, body = MadePassword), (status = 409, description = "the name is taken", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add(
    access: Access<Admin>,
    Body(given): Body<NewPerson>,
) -> Result<Json<MadePassword>, Problem> {
    let name = checked_name(&given.name)?;
    let full_name = checked_full_name(&given.full_name)?;
    let _turn = access.app().people.lock().await;
    if find(&access, &name).await?.is_some() {
        let detail = format!("there is a user '{name}' already: choose another name");
        return Err(Problem::new(Kind::Changed, detail));
    }
    let (password, password_hash) = made().await?;
    let detail = format!("{name} as {}", role_name(given.role));
    let user =
        User { name: name.clone(), full_name, role: given.role, password_hash, disabled: false };
    access.app().parts.ledger.put_user(user).await?;
    access.audit("user added", detail).await?;
    Ok(Json(MadePassword { name, password }))
}

/// Changes name, role and whether they may sign in. Disabling ends their sessions.
#[utoipa::path(put, path = "/api/v1/users/{name}", tag = "administration",
    params(("name" = String, Path)), request_body = PersonChange,
    responses((status = 200, body = PersonView), (status = 404),
        (status = 409, description = "nobody could administer any more, or it is oneself", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    access: Access<Admin>,
    Named(name): Named<String>,
    Body(given): Body<PersonChange>,
) -> Result<Json<PersonView>, Problem> {
    let full_name = checked_full_name(&given.full_name)?;
    let _turn = access.app().people.lock().await;
    let users = access.read(|reader| reader.users()).await?;
    let old = users.iter().find(|user| user.name == name).cloned();
    let old = old.ok_or_else(|| Problem::no_such("user", &name))?;
    let new = User { full_name, role: given.role, disabled: given.disabled, ..old.clone() };
    let steps_down = rules(&old) && !rules(&new);
    if steps_down && !users.iter().any(|user| user.name != name && rules(user)) {
        let detail = format!("'{name}' is the last administrator: make another one first");
        return Err(Problem::new(Kind::Changed, detail));
    }
    if steps_down && access.name()? == name {
        let detail = "you cannot take away your own rights: ask another administrator";
        return Err(Problem::new(Kind::Changed, detail));
    }
    let what = differences(&old, &new);
    if !what.is_empty() {
        access.app().parts.ledger.put_user(new.clone()).await?;
        access.app().sessions.forget_person(&name);
        access.audit("user changed", format!("{name}: {}", what.join(", "))).await?;
    }
    Ok(Json(new.into()))
}

/// Makes a new password and tells it once. Their sessions end.
#[utoipa::path(post, path = "/api/v1/users/{name}/password", tag = "administration",
    params(("name" = String, Path)),
    responses((status = 200, body = MadePassword), (status = 404)))]
pub(crate) async fn password(
    access: Access<Admin>,
    Named(name): Named<String>,
) -> Result<Json<MadePassword>, Problem> {
    let _turn = access.app().people.lock().await;
    let user = find(&access, &name).await?.ok_or_else(|| Problem::no_such("user", &name))?;
    let (password, password_hash) = made().await?;
    access.app().parts.ledger.put_user(User { password_hash, ..user }).await?;
    access.app().sessions.forget_person(&name);
    access.audit("password made", name.clone()).await?;
    Ok(Json(MadePassword { name, password }))
}

async fn find(access: &Access<Admin>, name: &str) -> Result<Option<User>, Problem> {
    let name = name.to_owned();
    access.read(move |reader| reader.user(&name)).await
}

async fn made() -> Result<(String, String), Problem> {
    let password = store::generate(PASSWORD_LETTERS);
    let given = password.clone();
    let hashed = tokio::task::spawn_blocking(move || hash_password(&given)).await;
    let hash = hashed.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok((password, hash))
}

/// Whether they can administer.
fn rules(user: &User) -> bool {
    user.role == Role::Admin && !user.disabled
}

fn differences(old: &User, new: &User) -> Vec<String> {
    let mut what = Vec::new();
    if old.full_name != new.full_name {
        what.push(format!("name '{}' → '{}'", old.full_name, new.full_name));
    }
    if old.role != new.role {
        what.push(format!("role {} → {}", role_name(old.role), role_name(new.role)));
    }
    if old.disabled != new.disabled {
        what.push(if new.disabled { "disabled" } else { "enabled" }.to_owned());
    }
    what
}

/// The same letters as every other name, so that it can stand in addresses and logs.
fn checked_name(name: &str) -> Result<String, Problem> {
    let wrong = |why: String| Problem::new(Kind::NotUsable, format!("name: {why}"));
    if name.chars().count() > LONGEST_NAME {
        return Err(wrong(format!("has more than {LONGEST_NAME} characters")));
    }
    let name = folded(name).parse::<StationId>();
    name.map(|name| name.to_string()).map_err(|error| wrong(error.to_string()))
}

fn checked_full_name(given: &str) -> Result<String, Problem> {
    let name = composed(given.trim());
    if name.is_empty()
        || name.chars().count() > LONGEST_FULL_NAME
        || name.chars().any(char::is_control)
    {
        let detail =
            format!("full_name: 1 to {LONGEST_FULL_NAME} characters, as printed under a warning");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    Ok(name.into_owned())
}

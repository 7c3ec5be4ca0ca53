//! Published CAP documents and their feed (Atom, RFC 4287). Always public: programs of others read them.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use store::CapDocument;

use super::html::escape;
use crate::access::{Access, Everyone};
use crate::api::sender;
use crate::app::Inner;
use crate::input::Named;
use crate::problem::Problem;

/// Documents in the feed.
const IN_FEED: usize = 100;

/// The newest CAP documents.
#[utoipa::path(get, path = "/cap/feed.atom", tag = "cap",
    responses((status = 200, body = String, content_type = "application/atom+xml")))]
pub(crate) async fn feed(
    access: Access<Everyone>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let documents = access.read(|reader| reader.caps(IN_FEED)).await?;
    let app = access.app();
    let base = base(app, access.caller().https, &headers);
    let pack = (app.parts.pack)();
    let (author, _) = sender(&pack, app.parts.ledger.now());
    let feed = atom(&pack.about.title_vi, &author, &base, &documents);
    Ok(xml("application/atom+xml", feed))
}

/// A CAP 1.2 document as published.
#[utoipa::path(get, path = "/cap/{file}", tag = "cap", params(("file" = String, Path, description = "`{identifier}.xml`")),
    responses((status = 200, body = String, content_type = "application/cap+xml"), (status = 404)))]
pub(crate) async fn document(
    access: Access<Everyone>,
    Named(file): Named<String>,
) -> Result<Response, Problem> {
    let none = || Problem::no_such("CAP document", &file);
    let identifier = file.strip_suffix(".xml").ok_or_else(none)?.to_owned();
    let found = access.read(move |reader| reader.cap(&identifier)).await?;
    Ok(xml("application/cap+xml", found.ok_or_else(none)?.xml))
}

fn xml(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, no-cache")], text)
        .into_response()
}

/// How others reach us: as configured, else as the request says.
fn base(app: &Inner, https: bool, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if https { "https" } else { "http" })
}

/// Ids never change with the name that a reader used for this server: else every entry would look new.
fn atom(title: &str, author: &str, base: &str, documents: &[CapDocument]) -> String {
    let base = escape(base);
    // An empty feed changes when its first document comes.
    let updated = documents
        .first()
        .map_or_else(|| "1970-01-01T00:00:00Z".to_owned(), |newest| newest.sent_at.to_string());
    let entries: String = documents.iter().map(|document| entry(&base, document)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"vi\">\n\
         <id>urn:quantrac:cap</id>\n<title>{title}</title>\n<updated>{updated}</updated>\n\
         <author><name>{author}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{base}/cap/feed.atom\"/>\n\
         {entries}</feed>\n",
        title = escape(title),
        author = escape(author),
    )
}

fn entry(base: &str, document: &CapDocument) -> String {
    let (identifier, sent) = (escape(&document.identifier), document.sent_at);
    let (title, expires) = (escape(&document.title), document.expires_at);
    format!(
        "<entry>\n<id>urn:quantrac:cap:{identifier}</id>\n<title>{title}</title>\n\
         <updated>{sent}</updated>\n<published>{sent}</published>\n\
         <summary>{title} (→ {expires})</summary>\n\
         <link rel=\"alternate\" type=\"application/cap+xml\" href=\"{base}/cap/{identifier}.xml\"/>\n</entry>\n"
    )
}

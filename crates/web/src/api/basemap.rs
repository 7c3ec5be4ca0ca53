//! The land under the stations, when the installation has a file of it.

use std::path::Path;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::{Access, Reading};
use crate::problem::Problem;

/// Largest file, bytes: a province in 1:100,000 has a tenth of it.
const LARGEST: u64 = 4 * 1_024 * 1_024;

/// TopoJSON; layers `province`, `districts`, `communes`, `rivers` are drawn where they exist.
#[utoipa::path(get, path = "/api/v1/basemap", tag = "stations",
    responses((status = 200, body = Object, description = "TopoJSON"), (status = 404, description = "there is none")))]
pub(crate) async fn basemap(access: Access<Reading>) -> Result<Response, Problem> {
    let map = access.app().basemap.clone();
    let map = map.ok_or_else(|| Problem::no_such("map", "basemap"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], map).into_response())
}

/// Reads the file.
///
/// # Errors
/// It cannot be read, is too large, or is no TopoJSON; as a sentence.
pub(crate) fn read(path: &Path) -> Result<Bytes, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > LARGEST {
        return Err(format!("has {size} bytes, more than {LARGEST}: simplify it"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let json: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("is no JSON: {error}"))?;
    if json["type"] != "Topology" {
        return Err("is no TopoJSON: its type is not 'Topology'".to_owned());
    }
    Ok(bytes.into())
}

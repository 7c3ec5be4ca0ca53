//! Which series there are.

use axum::Json;
use domain::{ParameterId, StationId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::series::Point;

/// One parameter of one sensor at one station.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesView {
    id: u32,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    sensor: String,
    /// Whether this sensor is the one that pages and papers show of its place.
    shown: bool,
    /// Symbol of the unit.
    unit: &'static str,
    /// Decimals on screen.
    decimals: u8,
    /// The newest reading.
    last: Option<Point>,
}

/// Which series.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesQuery {
    /// Only of this station or basin.
    #[param(value_type = Option<String>)]
    pub(super) station: Option<StationId>,
    /// Only of this parameter.
    #[param(value_type = Option<String>)]
    pub(super) parameter: Option<ParameterId>,
    /// Items on a page, 1 to 10000. Default 2000.
    pub(super) limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    pub(super) cursor: Option<String>,
}

impl SeriesQuery {
    /// (first series to show, items on the page).
    pub(super) fn window(&self) -> Result<(u32, usize), Problem> {
        let from = cursor::<u32>(self.cursor.as_deref())?.unwrap_or(0);
        Ok((from, limit(self.limit, 2_000, 10_000)?))
    }

    pub(super) fn takes(&self, key: &domain::SeriesKey) -> bool {
        self.station.as_ref().is_none_or(|station| *station == key.station)
            && self.parameter.as_ref().is_none_or(|parameter| *parameter == key.parameter)
    }
}

/// Series by number.
#[utoipa::path(get, path = "/api/v1/series", tag = "readings", params(SeriesQuery),
    responses((status = 200, body = Page<SeriesView>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<SeriesQuery>,
) -> Result<Json<Page<SeriesView>>, Problem> {
    let (from, limit) = query.window()?;
    let app = access.app();
    let pack = (app.parts.pack)();
    let rows = app.live.latest.rows(from, limit + 1, |key| query.takes(key));
    let page = Page::cut(rows, limit, |(id, _)| (id.0 + 1).to_string());
    Ok(Json(page.map(|(id, row)| {
        let parameter = pack.parameters.get(&row.key.parameter);
        SeriesView {
            id: id.0,
            station: row.key.station,
            parameter: row.key.parameter,
            sensor: row.key.sensor.to_string(),
            shown: app.live.latest.shows(id, &pack),
            unit: parameter.map_or("", |parameter| parameter.unit.symbol()),
            decimals: parameter.map_or(2, |parameter| parameter.decimals),
            last: row.last.as_ref().map(Point::from),
        }
    })))
}

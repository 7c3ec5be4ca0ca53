//! No foreign page can make a signed-in browser act.
//!
//! The cookie is `SameSite=Strict` and bodies must be JSON, which a form cannot send; this is the
//! third lock, for browsers that know neither.

use axum::http::{HeaderMap, header};

use crate::problem::{Kind, Problem};

/// Refuses what a browser says comes from elsewhere.
///
/// # Errors
/// `Sec-Fetch-Site` or `Origin` names another site than `Host`.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let place = origin.split_once("://").map(|(_, place)| place);
            place.is_some() && place == text(header::HOST.as_str())
        }
        (None, None) => true,
    };
    if own {
        return Ok(());
    }
    Err(Problem::new(Kind::ForeignOrigin, "act on the server's own page, not from another site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_or_a_program_may_act() {
        let check_case = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert("host", "quantrac.example.vn:8080".parse().expect("a header"));
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a header"));
            }
            assert_eq!(check(&headers).is_ok(), expected, "{pairs:?}");
        };
        check_case(&[], true);
        check_case(&[("origin", "http://quantrac.example.vn:8080")], true);
        check_case(&[("origin", "http://evil.example")], false);
        check_case(&[("origin", "null")], false);
        check_case(&[("origin", "null"), ("sec-fetch-site", "same-origin")], true);
        check_case(&[("sec-fetch-site", "cross-site")], false);
        check_case(&[("sec-fetch-site", "same-site")], false);
    }
}

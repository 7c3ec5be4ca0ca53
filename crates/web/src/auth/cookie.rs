//! The session cookie.

use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "quantrac_session";

/// The token in the request's cookie, if it has the form of one.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut ours = pairs.filter(|(name, _)| name.trim() == NAME).map(|(_, value)| value.trim());
    ours.find(|value| value.len() == super::sessions::TOKEN_LENGTH)
}

/// Sets the cookie for that many seconds. `SameSite=Strict`: no foreign page can use it.
pub(crate) fn set(token: &str, seconds: u64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text =
        format!("{NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("a token is base64url")
}

/// Removes the cookie.
pub(crate) fn clear(https: bool) -> HeaderValue {
    set("", 0, https)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_cookie_with_a_whole_token_counts() {
        let token_text = "x".repeat(super::super::sessions::TOKEN_LENGTH);
        let check = |line: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(line).expect("a header"));
            assert_eq!(token(&headers).is_some(), expected, "{line}");
        };
        check(&format!("{NAME}={token_text}"), true);
        check(&format!("a=b; {NAME}={token_text}; c=d"), true);
        check(&format!("x{NAME}={token_text}"), false);
        check(&format!("{NAME}=short"), false);
        check("", false);
    }
}

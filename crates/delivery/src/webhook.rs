//! HTTP POST, signed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use sha2::Sha256;

use crate::compose::Post;
use crate::error::{Failure, Handed};
use crate::{DeliveryError, Secrets};

/// Calls webhooks.
pub(crate) struct Webhooks {
    client: Client,
}

impl Webhooks {
    /// Redirects are not followed: they would carry the message to whom nobody named.
    pub(crate) fn new(timeout: Duration) -> Result<Self, DeliveryError> {
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("quantrac/", env!("CARGO_PKG_VERSION")))
            .build();
        let client =
            client.map_err(|e| DeliveryError::Client { client: "HTTP", reason: e.to_string() })?;
        Ok(Self { client })
    }

    /// `Quantrac-Id` is the same at every attempt; `Quantrac-Signature` is `v1=` and the hexadecimal
    /// HMAC-SHA256 of `Quantrac-Timestamp` (s since 1970), a dot and the body.
    pub(crate) async fn call(&self, post: &Post, secrets: &Secrets) -> Result<Handed, Failure> {
        let missing =
            || Failure::later(format!("there is no secret '{}' to sign with", post.secret()));
        let secret = (secrets.get)(post.secret()).ok_or_else(missing)?;
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = self
            .client
            .post(post.url())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header("Quantrac-Id", post.id())
            .header("Quantrac-Timestamp", timestamp)
            .header("Quantrac-Signature", signature(&secret, timestamp, post.body()))
            .body(post.body().to_vec());
        match request.send().await {
            Ok(answer) => judged(answer.status(), answer.headers()),
            Err(e) if e.is_builder() => {
                Err(Failure::Never(format!("'{}' is not an address", post.url())))
            }
            Err(e) if e.is_timeout() => Err(Failure::later("the receiver did not answer in time")),
            Err(e) => {
                Err(Failure::later(format!("the receiver cannot be reached: {}", root_cause(&e))))
            }
        }
    }
}

fn signature(secret: &[u8], timestamp: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

fn judged(status: StatusCode, headers: &HeaderMap) -> Result<Handed, Failure> {
    let said = format!("the receiver answered {}", status.as_u16());
    match status {
        status if status.is_success() => Ok(Handed::Delivered(said)),
        StatusCode::GONE => Err(Failure::Never(said)),
        _ => Err(Failure::Later { reason: said, after: retry_after(headers) }),
    }
}

/// Seconds or an HTTP date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok()
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

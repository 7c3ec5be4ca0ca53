//! The token of a receipt link: who holds it was sent that notice.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::secret::hex;

/// Bytes of the HMAC that are used: 128 bits cannot be guessed and keep the link short.
const TOKEN_BYTES: usize = 16;

/// Hexadecimal HMAC-SHA256 (RFC 2104) of a notice's id, cut to 128 bits: the last part of its receipt link.
///
/// ```
/// let token = store::receipt::receipt_token(b"key", "song-kon-20251119t0300.m1.chair.email");
/// assert_eq!(token.len(), 32);
/// assert!(store::receipt::verify(b"key", "song-kon-20251119t0300.m1.chair.email", &token));
/// assert!(!store::receipt::verify(b"key", "song-kon-20251119t0300.m1.deputy.email", &token));
/// ```
#[must_use]
pub fn receipt_token(key: &[u8], notice: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(notice.as_bytes());
    hex(&mac.finalize().into_bytes()[..TOKEN_BYTES])
}

/// Whether `token` is the token of that notice; takes the same time wherever they differ.
#[must_use]
pub fn verify(key: &[u8], notice: &str, token: &str) -> bool {
    receipt_token(key, notice).as_bytes().ct_eq(token.as_bytes()).into()
}

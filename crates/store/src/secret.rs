//! Stations' secrets: only salted hashes are stored.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Letters and digits of generated passwords, without those that look alike: 5.8 bits each.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Letters of a made-up password: 104 bits.
pub const PASSWORD_LETTERS: usize = 18;
/// Letters of a station's secret: 162 bits.
pub const STATION_LETTERS: usize = 28;

/// Stands where a hash would be: no secret has it. A certificate of that name is still let in.
pub const REVOKED: &str = "revoked";
/// Stands where a hash would be: neither a secret nor a certificate lets anybody in.
pub const SHUT: &str = "";

/// A password or station secret: `letters` letters and digits, 5.8 bits each, evenly drawn.
#[must_use]
pub fn generate(letters: usize) -> String {
    use rand::Rng as _;
    let mut rng = rand::rng();
    (0..letters).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

/// `sha256:{salt}:{hash}` of a secret, both hexadecimal.
///
/// Only for generated secrets of at least 128 bits: nobody can guess those, so a fast hash is enough,
/// and thousands of stations can connect again at the same time. People's passwords need argon2.
///
/// ```
/// let hash = store::secret_hash("kq7f0v9d2m4x8s1b6w3z5y0c");
/// assert!(store::verify_secret("kq7f0v9d2m4x8s1b6w3z5y0c", &hash));
/// assert!(!store::verify_secret("another", &hash));
/// ```
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    let salt = hex(&rand::random::<[u8; 16]>());
    let digest = salted(&salt, secret);
    format!("sha256:{salt}:{digest}")
}

/// Whether `hash` is one of [`secret_hash`] of this secret; takes the same time wherever they differ.
#[must_use]
pub fn verify_secret(secret: &str, hash: &str) -> bool {
    let mut parts = hash.split(':');
    let (Some("sha256"), Some(salt), Some(digest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    salted(salt, secret).as_bytes().ct_eq(digest.as_bytes()).into()
}

fn salted(salt: &str, secret: &str) -> String {
    hex(&Sha256::new().chain_update(salt).chain_update(":").chain_update(secret).finalize())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Where a broker is.

use std::fmt;
use std::str::FromStr;

/// Where a broker is: `mqtt://host:1883`, `mqtts://host:8883`, or just `host:1883`.
///
/// ```
/// use ingest::client::Address;
/// let plain: Address = "127.0.0.1:1883".parse().expect("an address");
/// assert_eq!(plain, "mqtt://127.0.0.1".parse().expect("an address"));
/// assert_eq!("mqtts://example.org".parse::<Address>().expect("an address").port, 8883);
/// assert!("http://example.org".parse::<Address>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or number of the machine; an IPv6 number without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Over TLS, checked against the certificates that the system trusts.
    pub tls: bool,
}

/// A text that does not say where a broker is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a broker's address such as mqtt://127.0.0.1:1883 or mqtts://example.org")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = || AddressError(text.to_owned());
        let (scheme, rest) = text.split_once("://").unwrap_or(("mqtt", text));
        let (tls, usual) = match scheme {
            "mqtt" | "tcp" => (false, 1883),
            "mqtts" | "ssl" => (true, 8883),
            _ => return Err(refuse()),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| refuse())?)
            }
            _ => (rest, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(refuse());
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port(), tls: false }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_printed() {
        let cases = [
            ("localhost:2883", "mqtt://localhost:2883"),
            ("mqtt://localhost", "mqtt://localhost:1883"),
            ("tcp://10.0.0.1:1/", "mqtt://10.0.0.1:1"),
            ("ssl://broker.example", "mqtts://broker.example:8883"),
            ("mqtt://[::1]:1883", "mqtt://[::1]:1883"),
            ("[::1]", "mqtt://[::1]:1883"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>().expect("an address").to_string(), expected);
        }
        for text in ["", "mqtt://", ":1883", "host:99999", "host:", "ws://host", "user@host"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}

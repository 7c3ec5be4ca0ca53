//! Load is shed outside-in: rates per caller, and places for crowds.

mod bucket;
mod crowd;

pub(crate) use bucket::{Buckets, Key};
pub(crate) use crowd::{Crowd, Place};

use std::net::IpAddr;

/// What one household or office has: an IPv4 address, or an IPv6 network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

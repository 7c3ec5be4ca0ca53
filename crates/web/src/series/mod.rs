//! Readings of a series as pages and charts want them: as they are, in buckets, or thinned.

mod buckets;
mod point;
mod thin;

pub(crate) use buckets::{Buckets, Method, method};
pub(crate) use point::Point;
pub(crate) use thin::thin;

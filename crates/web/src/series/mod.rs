//! Readings of a series as pages and charts want them: as they are, in buckets, or thinned.

mod older;
mod point;
mod thin;

pub(crate) use older::{Incomplete, Older, Wanted};
pub(crate) use point::Point;
pub(crate) use thin::Thin;

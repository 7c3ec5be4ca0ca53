//! Quality control: a verdict beside the value, never an edit.
//!
//! Flags are QARTOD's (IOC Manuals and Guides 54, vol. 3). The checks follow its water level and stream flow manuals,
//! and go beyond the usual implementations where those mislead: rate and flat line count real elapsed time, missing
//! is always missing, and what could not be checked is never good.
//!
//! * [`limits`] what the configuration says of one parameter; [`faults`] contradictions in it
//! * [`track`] the running checks of one series; `course` what a water level can do; [`late`] a value that comes out of order
//! * [`check`] each check by itself; [`score`] how they add up to a verdict; [`mark`] the station's own word
//! * [`counter`] what a rain counter has counted

pub mod check;
pub mod counter;
mod course;
mod faults;
mod late;
pub mod limits;
pub mod mark;
pub mod score;
pub mod track;

pub use counter::{Amount, Counter, Increment, Total, decumulate, recount};
pub use course::{Doubt, Side};
pub use limits::{CrossCheck, FlatLine, Gross, Limits, Rate, Recession, Spike};
pub use track::{Judged, Track};

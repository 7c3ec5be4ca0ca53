//! Rules, alarm states, episodes and the life cycle of a warning: pure reasoning in event time.
pub mod rule;
pub use rule::{Condition, Rule, Step, Threshold, Watch};

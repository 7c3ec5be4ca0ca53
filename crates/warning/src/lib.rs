//! Rules, alarm states, episodes and the life cycle of a warning: pure reasoning in event time.
//!
//! * [`rule`] what is watched; [`watcher`] a threshold rule at one place
//! * [`desk`] from alarm states to drafts, messages and their end; [`policy`] what goes out by itself
//! * [`directory`] who is told, with realms kept apart in types

pub mod desk;
pub mod directory;
pub mod policy;
pub mod rule;
pub mod watcher;

pub use desk::{Case, Desk, Ground, Judged, Past, Situation, Subject, Writer};
pub use directory::{Directory, News, Purpose, RecipientEntry, RecipientRole};
pub use policy::{Policy, policy};
pub use rule::{Condition, Rule, Step, Threshold, Watch};
pub use watcher::{Change, Observation, Rests, Sure, Watcher};

//! The configuration: what was in force when (`history`), its files, and how they are changed (`files`, `check`, `apply`).

pub(super) mod apply;
pub(super) mod check;
pub(super) mod files;
pub(super) mod history;

//! The checks as tables of values and flags.

mod better;
mod common;
mod configured;
mod course;
mod incremental;
mod marks;
mod qartod;

//! The words of the trade: times, stations, readings, verdicts, alarms, warnings.
//!
//! Everything here is plain data with its invariants; there is no I/O, no clock and no async.
//!
//! * [`time`] instants, spans and Viet Nam time; [`id`] names of things
//! * [`reading`] readings, flags, verdicts; [`parameter`] what is measured and its canonical unit
//! * [`bucket`] readings put together over hours and days; [`sensor`] which of several speaks for its place
//! * [`review`] what a person says of readings
//! * [`duty`] the people at the desk
//! * [`arrival`] what enters the journal; [`outcome`] what one arrival leads to
//! * [`stage`] which alarm level a stage is held against
//! * [`clock`] the ledger's own time beside that of the world
//! * [`alarm`] alarm states and transitions; [`warning`] warnings and their messages
//! * [`forecast`] what somebody says will be
//! * [`notice`] one message to one person; [`health`] how a station is; [`text`] numbers and dates as printed;
//!   [`form`] one form for what is typed and sent

pub mod alarm;
pub mod arrival;
pub mod bucket;
pub mod clock;
pub mod duty;
pub mod forecast;
pub mod form;
pub mod health;
pub mod id;
pub mod notice;
pub mod outcome;
pub mod parameter;
pub mod reading;
pub mod review;
pub mod sensor;
pub mod stage;
pub mod text;
pub mod time;
pub mod warning;

pub use alarm::{AlarmRecord, AlarmState, Beneath, Evidence, Level, Transition};
pub use arrival::{Arrival, ArrivalBody, Command, CommandError, PackFiles};
pub use clock::{ClockFault, ClockFaultKind, ClockState, Stamp};
pub use duty::{DutyDesk, DutyEntry, DutyError, DutyRecord, Officer};
pub use forecast::{Forecast, ForecastAct, ForecastPoint};
pub use health::{Condition, Maintenance, StationHealth};
pub use id::{
    EpisodeId, ParameterId, RecipientId, RuleId, SensorId, SeriesId, StationId, WarningId,
};
pub use notice::{Channel, Notice};
pub use outcome::{NoPast, Outcome, Past, Processor, SetAside, SetAsideReason};
pub use parameter::{Parameter, Unit};
pub use reading::{Check, CheckSet, CheckedReading, Origin, Point, QcFlag, SeriesKey, Verdict};
pub use review::{Decision, Review, ReviewedPoint};
pub use time::{Span, Time};
pub use warning::{Draft, MessageKind, Realm, Warning, WarningMessage, WarningState};

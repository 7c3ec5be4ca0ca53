//! What of a warning is for everybody: what went out, and nothing of how it was decided.
//!
//! A draft is a guess of the program until a person has looked at it; whoever reads one in the evening may
//! tell the village something that nobody ever warned of. Names of officers are for their colleagues.

use domain::warning::{Author, LogLine};
use domain::{Maintenance, StationHealth, Warning, WarningMessage};

use crate::in_force::WarningLine;

/// Stands for the name of a person.
pub(crate) const STAFF: &str = "staff";

/// Lines of the log that tell of drafts, such as why one was rejected.
const OF_DRAFTS: [&str; 5] =
    ["drafted", "draft_changed", "draft_withdrawn", "over_before_decision", "rejected"];

/// A warning as everybody may see it; `None` = nothing of it went out.
pub(crate) fn warning(warning: &Warning) -> Option<Warning> {
    if warning.messages == 0 {
        return None;
    }
    let mut shown = Warning { draft: None, ..warning.clone() };
    shown.log = shown.log.into_iter().filter_map(|one| line(one, false)).collect();
    Some(shown)
}

/// The same with until when it holds.
pub(crate) fn line_of(line: WarningLine) -> Option<WarningLine> {
    Some(WarningLine { warning: warning(&line.warning)?, ..line })
}

/// A line of a warning's log as it may be seen by who is signed in or not; `None` = it may not.
pub(crate) fn line(line: LogLine, signed_in: bool) -> Option<LogLine> {
    if signed_in {
        return Some(line);
    }
    let who = line.who.as_ref().map(|_| STAFF.to_owned());
    (!OF_DRAFTS.contains(&line.what.as_str())).then_some(LogLine { who, ..line })
}

/// How a station is, as it may be seen by who is signed in or not.
pub(crate) fn health(health: StationHealth, signed_in: bool) -> StationHealth {
    if signed_in {
        return health;
    }
    let unnamed = |known| Maintenance { by: STAFF.to_owned(), ..known };
    StationHealth { maintenance: health.maintenance.map(unnamed), ..health }
}

/// A message as everybody may see it.
pub(crate) fn message(message: WarningMessage) -> WarningMessage {
    let author = match message.author {
        Author::Person(_) => Author::Person(STAFF.to_owned()),
        policy @ Author::Policy(_) => policy,
    };
    WarningMessage { author, ..message }
}

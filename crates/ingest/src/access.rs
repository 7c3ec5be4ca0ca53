//! Who may publish and read what.

use crate::gate::{Identity, Role};

/// Where every topic of ours begins.
const ROOT: &str = "quantrac/v1/";

/// Under these names we publish: real warnings, and those of exercises and tests.
const OURS: [&str; 2] = ["warning", "exercise"];

/// What a station's topic carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Readings.
    Telemetry,
    /// Its own word whether it is there.
    Status,
}

/// The channel that somebody may publish to under this topic; `None` = none of theirs.
pub(crate) fn publish(who: &Identity, topic: &str) -> Option<Channel> {
    match (who.role, own(who, topic)?) {
        (Role::Station, "telemetry") => Some(Channel::Telemetry),
        (Role::Station, "status") => Some(Channel::Status),
        _ => None,
    }
}

/// Whether somebody may subscribe to this filter. The literal levels in front leave no room for wildcards
/// that would reach further.
pub(crate) fn subscribe(who: &Identity, filter: &str) -> bool {
    let rest = match who.role {
        Role::Station => own(who, filter).and_then(|rest| rest.strip_prefix("command")),
        Role::Receiver => filter
            .strip_prefix(ROOT)
            .and_then(|rest| OURS.iter().find_map(|name| rest.strip_prefix(*name))),
    };
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an account of this name would be mistaken for something else in a topic: a station `warning`
/// could publish where receivers expect warnings.
#[must_use]
pub fn reserved(name: &str) -> bool {
    OURS.contains(&name)
}

fn own<'a>(who: &Identity, topic: &'a str) -> Option<&'a str> {
    topic.strip_prefix(ROOT)?.strip_prefix(who.name.as_str())?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, role: Role) -> Identity {
        Identity { name: name.parse().expect("a name"), role, credential: "".into() }
    }

    #[test]
    fn a_station_publishes_to_its_own_two_topics_and_nowhere_else() {
        let station = account("kon-1", Role::Station);
        let cases = [
            ("quantrac/v1/kon-1/telemetry", Some(Channel::Telemetry)),
            ("quantrac/v1/kon-1/status", Some(Channel::Status)),
            ("quantrac/v1/kon-1/telemetry/", None),
            ("quantrac/v1/kon-1/telemetry/x", None),
            ("quantrac/v1/kon-1/command/x", None),
            ("quantrac/v1/kon-1/", None),
            ("quantrac/v1/kon-1", None),
            ("quantrac/v1/kon-10/telemetry", None),
            ("quantrac/v1/kon/telemetry", None),
            ("quantrac/v1/+/telemetry", None),
            ("quantrac/v1/warning/kon", None),
            ("/quantrac/v1/kon-1/telemetry", None),
            ("Quantrac/v1/kon-1/telemetry", None),
            ("$SYS/broker", None),
            ("", None),
        ];
        for (topic, expected) in cases {
            assert_eq!(publish(&station, topic), expected, "{topic}");
        }
    }

    #[test]
    fn a_receiver_publishes_nothing() {
        let receiver = account("receiver-loa", Role::Receiver);
        for topic in ["quantrac/v1/receiver-loa/telemetry", "quantrac/v1/warning/kon"] {
            assert_eq!(publish(&receiver, topic), None, "{topic}");
        }
    }

    #[test]
    fn filters_reach_own_commands_or_warnings_only() {
        let station = account("kon-1", Role::Station);
        let receiver = account("receiver-loa", Role::Receiver);
        let cases = [
            ("quantrac/v1/kon-1/command/#", true, false),
            ("quantrac/v1/kon-1/command/reboot", true, false),
            ("quantrac/v1/kon-1/commands", false, false),
            ("quantrac/v1/kon-1/#", false, false),
            ("quantrac/v1/kon-10/command/#", false, false),
            ("quantrac/v1/+/command/#", false, false),
            ("quantrac/v1/warning/#", false, true),
            ("quantrac/v1/warning/+", false, true),
            ("quantrac/v1/warnings/#", false, false),
            ("quantrac/v1/exercise/#", false, true),
            ("quantrac/v1/exercises/#", false, false),
            ("quantrac/v1/#", false, false),
            ("quantrac/#", false, false),
            ("#", false, false),
            ("+/#", false, false),
            ("+/v1/warning/#", false, false),
            ("$SYS/#", false, false),
            ("$share/g/quantrac/v1/warning/#", false, false),
            ("$exclusive/quantrac/v1/warning/#", false, false),
        ];
        for (filter, for_station, for_receiver) in cases {
            assert_eq!(subscribe(&station, filter), for_station, "station {filter}");
            assert_eq!(subscribe(&receiver, filter), for_receiver, "receiver {filter}");
        }
    }
}

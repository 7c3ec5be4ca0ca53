//! Checks who is told: a fault here is a person who is not warned, found in the night of the flood.

use std::collections::BTreeSet;

use domain::notice::{EPISODE, EXERCISE_TOPICS, WARNING_TOPICS};
use domain::{Channel, RecipientId};
use warning::{Directory, RecipientEntry, RecipientRole};

use super::Fault;
use super::texts::HAZARDS;

/// Every fault of `recipients.toml`.
pub(super) fn faults(directory: &Directory) -> Vec<Fault> {
    let (actual, exercise) = (directory.actual(), directory.exercise());
    let mut faults = List::of("actual", WARNING_TOPICS, &actual).faults;
    faults.extend(List::of("exercise", EXERCISE_TOPICS, &exercise).faults);
    let real: BTreeSet<String> = actual.iter().flat_map(|entry| addresses(entry)).collect();
    for entry in exercise {
        for address in addresses(entry).filter(|address| real.contains(address)) {
            let problem = "is an address of [[actual]] too: an exercise would reach real people";
            faults.push(fault("exercise", &entry.id, "channels", &address, problem));
        }
    }
    faults
}

/// One of the two lists.
struct List<'a> {
    name: &'static str,
    topics: &'static str,
    entries: &'a [&'a RecipientEntry],
    faults: Vec<Fault>,
}

impl<'a> List<'a> {
    fn of(name: &'static str, topics: &'static str, entries: &'a [&'a RecipientEntry]) -> Self {
        let mut list = Self { name, topics, entries, faults: Vec::new() };
        let mut seen = BTreeSet::new();
        for entry in entries {
            list.demand(
                seen.insert(&entry.id),
                entry,
                "id",
                &entry.id,
                "is there twice: rename one",
            );
            list.entry(entry);
        }
        let decides = |entry: &&&RecipientEntry| {
            entry.role == RecipientRole::DutyOfficer
                && entry.channels.iter().any(Channel::asks_receipt)
        };
        if !entries.iter().any(|entry| decides(&entry)) {
            let problem = "needs a duty_officer with an e-mail address or a webhook: nobody is told of drafts";
            list.faults.push(Fault {
                file: "recipients.toml".to_owned(),
                key: name.to_owned(),
                value: String::new(),
                problem: problem.to_owned(),
            });
        }
        list
    }

    fn demand(
        &mut self,
        holds: bool,
        entry: &RecipientEntry,
        key: &str,
        value: impl ToString,
        problem: &str,
    ) {
        if !holds {
            self.faults.push(fault(self.name, &entry.id, key, &value.to_string(), problem));
        }
    }

    fn entry(&mut self, entry: &RecipientEntry) {
        let language = entry.language.as_str();
        let known = matches!(language, "vi" | "en");
        self.demand(known, entry, "language", language, "must be vi or en");
        for hazard in &entry.hazards {
            let known = HAZARDS.contains(&hazard.as_str());
            let problem = "must be flood, rain, storm or technical";
            self.demand(known, entry, "hazards", hazard, problem);
        }
        self.demand(
            !entry.channels.is_empty(),
            entry,
            "channels",
            "",
            "is empty: say how to reach them",
        );
        self.telephone(entry);
        for (n, channel) in entry.channels.iter().enumerate() {
            let twice = entry.channels[..n].contains(channel);
            let key = format!("channels[{n}]");
            self.demand(!twice, entry, &key, channel.name(), "is there twice: remove one");
            self.channel(entry, &key, channel);
        }
        if let Some(next) = &entry.escalate_to {
            let there = self.find(next).is_some();
            let problem = "is nobody of the same list: nobody would be told instead";
            self.demand(there, entry, "escalate_to", next, problem);
            let problem = "leads back to where it began: end the chain";
            self.demand(!self.goes_round(entry), entry, "escalate_to", next, problem);
        }
    }

    fn telephone(&mut self, entry: &RecipientEntry) {
        if let Some(phone) = &entry.phone {
            let problem =
                "is no Vietnamese number: write +84 and 9 or 10 digits, or 0 and 9 or 10 digits";
            self.demand(is_phone(phone), entry, "phone", phone, problem);
        }
        let called = entry.call_from_level.is_some() || entry.phone_note.is_some();
        let problem = "is missing: it is asked for by call_from_level and phone_note";
        self.demand(entry.phone.is_some() || !called, entry, "phone", "", problem);
        let note = entry.phone_note.as_deref().unwrap_or("-");
        let plain = !note.trim().is_empty() && !note.chars().any(char::is_control);
        self.demand(plain, entry, "phone_note", note, "must be one line of words");
    }

    fn channel(&mut self, entry: &RecipientEntry, key: &str, channel: &Channel) {
        match channel {
            Channel::Email { address } => {
                let problem = "is no e-mail address: write user@host";
                self.demand(
                    is_mailbox(address),
                    entry,
                    &format!("{key}.address"),
                    address,
                    problem,
                );
            }
            Channel::Webhook { url, secret } => {
                let problem = "is no address: write http:// or https://, a host and a path";
                self.demand(is_url(url), entry, &format!("{key}.url"), url, problem);
                let named = !secret.is_empty()
                    && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
                let problem = "is no name of a file in the secrets folder: use letters, digits, '.', '_', '-'";
                self.demand(named, entry, &format!("{key}.secret"), secret, problem);
            }
            Channel::Mqtt { topic } => {
                let key = format!("{key}.topic");
                let problem = format!("must begin with {} in [[{}]]", self.topics, self.name);
                self.demand(topic.starts_with(self.topics), entry, &key, topic, &problem);
                let rest = topic.replace(EPISODE, "");
                let plain = !rest.contains(['{', '}', '+', '#'])
                    && !topic.chars().any(char::is_control)
                    && topic.split('/').all(|level| !level.is_empty());
                let problem = "must have no '+', '#', other {name} than {episode}, or empty level";
                self.demand(plain, entry, &key, topic, problem);
                let problem = "needs {episode}: else one river's warning replaces that of another";
                self.demand(topic.contains(EPISODE), entry, &key, topic, problem);
            }
            Channel::Cap => {}
        }
    }

    fn find(&self, id: &RecipientId) -> Option<&'a RecipientEntry> {
        self.entries.iter().find(|entry| entry.id == *id).copied()
    }

    /// Whether the chain of an entry comes back to it.
    fn goes_round(&self, entry: &RecipientEntry) -> bool {
        let mut next = entry.escalate_to.as_ref();
        for _ in self.entries {
            let Some(id) = next else { return false };
            if *id == entry.id {
                return true;
            }
            next = self.find(id).and_then(|entry| entry.escalate_to.as_ref());
        }
        false
    }
}

fn fault(list: &str, id: &RecipientId, key: &str, value: &str, problem: &str) -> Fault {
    Fault {
        file: "recipients.toml".to_owned(),
        key: format!("{list} ({id}).{key}"),
        value: value.to_owned(),
        problem: problem.to_owned(),
    }
}

/// What must not be in both lists. The feed is for everybody: its documents say what is real.
fn addresses(entry: &RecipientEntry) -> impl Iterator<Item = String> {
    entry.channels.iter().filter_map(|channel| match channel {
        Channel::Email { address } => Some(address.to_ascii_lowercase()),
        Channel::Webhook { url, .. } => Some(url.trim_end_matches('/').to_ascii_lowercase()),
        Channel::Mqtt { topic } => Some(topic.clone()),
        Channel::Cap => None,
    })
}

/// `user@host` as mail servers everywhere take it: the dot-atom of RFC 5322 §3.2.3 in ASCII.
fn is_mailbox(address: &str) -> bool {
    let atom = |text: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`~-".contains(&b);
        !text.is_empty() && text.bytes().all(fits)
    };
    address
        .split_once('@')
        .is_some_and(|(user, host)| user.len() <= 64 && user.split('.').all(atom) && is_host(host))
}

/// A number as it is dialled in Viet Nam (numbering plan of 2017: 9 digits after the prefix for mobiles, 10 for
/// landlines), in groups or not.
fn is_phone(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let rest = digits.strip_prefix("+84").or_else(|| digits.strip_prefix('0'));
    let grouped = text.chars().last().is_some_and(|c| c.is_ascii_digit());
    let fits =
        |rest: &str| (9..=10).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
    grouped && rest.is_some_and(fits)
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let clean = !url.contains(['{', '}', '<', '>', '"', '\\', '|', '^', '`'])
        && !url.chars().any(|c| c.is_whitespace() || c.is_control());
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "80"),
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let placed = match v6 {
        Some(address) => {
            let fits = |b: u8| b.is_ascii_hexdigit() || b":.".contains(&b);
            address.contains(':') && address.bytes().all(fits)
        }
        None => is_host(host),
    };
    clean && placed && port.parse::<u16>().is_ok()
}

fn is_host(host: &str) -> bool {
    let label = |text: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        (1..=63).contains(&text.len()) && text.bytes().all(fits)
    };
    host.len() <= 253 && host.split('.').all(label)
}

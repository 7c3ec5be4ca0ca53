//! Which topics carry readings, and where in them the station stands.

use crate::access::Channel;

/// A topic in which one level, written `+`, is the station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    text: String,
    channel: Channel,
}

impl Filter {
    /// Understands a filter.
    pub(crate) fn parse(text: &str, channel: Channel) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > 200 || text.starts_with('$') || text.contains('\0') {
            return Err("use a topic such as quantrac/v1/+/telemetry");
        }
        if text.contains('#') {
            return Err("'#' does not say where the station stands: use '+' for its level");
        }
        if text.split('/').filter(|level| *level == "+").count() != 1
            || text.split('/').any(|level| level != "+" && level.contains('+'))
        {
            return Err("'+' must stand once, as the level that names the station");
        }
        Ok(Self { text: text.to_owned(), channel })
    }

    /// As it is subscribed to.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands in a topic at the place of the station; `None` = the topic is another.
    fn station<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let mut levels = topic.split('/');
        let mut station = None;
        for wanted in self.text.split('/') {
            let level = levels.next()?;
            match wanted {
                "+" => station = Some(level),
                wanted if wanted != level => return None,
                _ => {}
            }
        }
        station.filter(|_| levels.next().is_none())
    }

    /// Whether it could match something under a topic: they do not differ as far as both go.
    pub(crate) fn may_reach_under(&self, prefix: &str) -> bool {
        let longer = self.text.split('/').count() > prefix.split('/').count();
        let mut both = self.text.split('/').zip(prefix.split('/'));
        longer && both.all(|(own, level)| own == "+" || own == level)
    }
}

/// What a topic carries and whose it is, by the first filter that it matches.
pub(crate) fn find<'a>(filters: &[Filter], topic: &'a str) -> Option<(Channel, &'a str)> {
    filters.iter().find_map(|filter| Some((filter.channel, filter.station(topic)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_the_station_by_one_plus() {
        let check = |text: &str, good: bool| {
            assert_eq!(Filter::parse(text, Channel::Telemetry).is_ok(), good, "{text}");
        };
        check("quantrac/v1/+/telemetry", true);
        check("+", true);
        check("kttv/+", true);
        check("quantrac/v1/kon/telemetry", false);
        check("+/+/telemetry", false);
        check("quantrac/v1/#", false);
        check("quantrac/+/#", false);
        check("quantrac/k+/telemetry", false);
        check("$share/g/quantrac/+", false);
        check("$SYS/+", false);
        check("", false);
    }

    #[test]
    fn a_topic_gives_its_channel_and_its_station() {
        let filter = |text, channel| Filter::parse(text, channel).expect("a filter");
        let filters = [
            filter("quantrac/v1/+/telemetry", Channel::Telemetry),
            filter("quantrac/v1/+/status", Channel::Status),
        ];
        let check = |topic, expected| assert_eq!(find(&filters, topic), expected, "{topic}");
        check("quantrac/v1/kon/telemetry", Some((Channel::Telemetry, "kon")));
        check("quantrac/v1/kon/status", Some((Channel::Status, "kon")));
        check("quantrac/v1/TRẠM 1/status", Some((Channel::Status, "TRẠM 1")));
        check("quantrac/v1//status", Some((Channel::Status, "")));
        check("quantrac/v1/kon/telemetry/x", None);
        check("quantrac/v1/kon", None);
        check("quantrac/v2/kon/status", None);
    }
}

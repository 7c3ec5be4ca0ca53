//! Compares the rules of a pack with what they watch.

use domain::Span;
use warning::{Threshold, Watch};

use super::Checker;
use crate::texts::{HAZARDS, OF_CLOCK, OF_HISTORY};
use crate::{Fault, Pack};

/// Rules whose gap is hardly longer than the interval of a place they watch: there it is taken longer.
pub(super) fn short_gaps(pack: &Pack) -> Vec<Fault> {
    let mut all = Vec::new();
    for id in pack.stations.keys().chain(pack.basins.keys()) {
        for rule in &pack.rules {
            let Watch::Threshold(asked) = &rule.watch else { continue };
            let taken = pack.max_gap_at(asked, id);
            if pack.watches(asked, id) && taken != asked.max_gap {
                all.push(Fault {
                    file: "rules.toml".to_owned(),
                    key: format!("rule ({}).max_gap", rule.id),
                    value: asked.max_gap.to_string(),
                    problem: format!(
                        "'{id}' reports each {}: there {taken} is taken, so that a clock some seconds off makes no gap",
                        pack.spacing(id),
                    ),
                });
            }
        }
    }
    all
}

impl Checker<'_> {
    pub(super) fn rules(&mut self) {
        let pack = self.pack;
        for rule in &pack.rules {
            let key = format!("rule ({})", rule.id);
            self.demand(
                HAZARDS.contains(&rule.hazard.as_str()),
                "rules.toml",
                format!("{key}.hazard"),
                &rule.hazard,
                "must be flood, rain, storm or technical",
            );
            let home = pack.episodes.iter().any(|episode| episode.hazard == rule.hazard);
            self.demand(
                home,
                "rules.toml",
                format!("{key}.hazard"),
                &rule.hazard,
                "no episode gathers it",
            );
            match &rule.watch {
                Watch::Threshold(threshold) => self.threshold(&key, threshold),
                Watch::Combined { conditions, .. } => {
                    self.demand(
                        !conditions.is_empty(),
                        "rules.toml",
                        &key,
                        "conditions",
                        "needs at least one",
                    );
                    for condition in conditions {
                        let other = pack.rules.iter().find(|rule| rule.id == condition.rule);
                        let fits =
                            other.is_some_and(|rule| matches!(rule.watch, Watch::Threshold(_)));
                        self.demand(
                            fits,
                            "rules.toml",
                            format!("{key}.conditions"),
                            &condition.rule,
                            "must name a threshold rule",
                        );
                    }
                }
                Watch::Blindness { share } => {
                    self.demand(
                        *share > 0.0 && *share <= 1.0,
                        "rules.toml",
                        format!("{key}.share"),
                        share,
                        "must be above 0 and at most 1",
                    );
                }
                Watch::Intake { after } => {
                    self.demand(
                        *after > Span::ZERO,
                        "rules.toml",
                        format!("{key}.after"),
                        after,
                        "must be longer than 0s",
                    );
                }
                Watch::History => self.words_of(&key, &OF_HISTORY, "the history"),
                Watch::Clock => self.words_of(&key, &OF_CLOCK, "the clock"),
                Watch::Station => {}
            }
        }
    }

    /// Words that a pack needs only for a rule that came later.
    fn words_of(&mut self, key: &str, needed: &[&str], what: &str) {
        let pack = self.pack;
        for (file, texts) in [("texts.vi.toml", &pack.texts_vi), ("texts.en.toml", &pack.texts_en)]
        {
            for text in needed {
                let problem = format!("the text is missing: add it, a rule watches {what}");
                self.demand(!texts.lacks(text), file, *text, key, &problem);
            }
        }
    }

    fn threshold(&mut self, key: &str, rule: &Threshold) {
        let pack = self.pack;
        let known = pack.parameters.contains_key(&rule.parameter);
        self.demand(
            known,
            "rules.toml",
            format!("{key}.parameter"),
            &rule.parameter,
            "is not in parameters.toml",
        );
        for station in &rule.stations {
            let there = pack.stations.contains_key(station) || pack.basins.contains_key(station);
            self.demand(
                there,
                "rules.toml",
                format!("{key}.stations"),
                station,
                "is neither station nor basin",
            );
        }
        self.believable(key, rule);
        for pair in rule.levels.windows(2) {
            let ordered = pair[0].level < pair[1].level && pair[0].raise < pair[1].raise;
            self.demand(
                ordered,
                "rules.toml",
                format!("{key}.levels"),
                pair[1].raise,
                "levels must ascend",
            );
        }
        for step in &rule.levels {
            self.demand(
                step.clear <= step.raise,
                "rules.toml",
                format!("{key}.levels"),
                step.clear,
                "clear must not be above raise",
            );
        }
        self.demand(
            rule.clear_margin >= 0.0,
            "rules.toml",
            format!("{key}.clear_margin"),
            rule.clear_margin,
            "must not be negative",
        );
        self.demand(
            rule.max_gap > Span::ZERO,
            "rules.toml",
            format!("{key}.max_gap"),
            rule.max_gap,
            "must be longer than 0s",
        );
    }

    /// What a rule watches must be able to be good, and must not confirm itself.
    fn believable(&mut self, key: &str, rule: &Threshold) {
        let pack = self.pack;
        let sum = pack.parameters.get(&rule.parameter).is_some_and(|p| p.window.is_some());
        self.demand(
            !sum || rule.confirm_readings == 0,
            "rules.toml",
            format!("{key}.confirm_readings"),
            rule.confirm_readings,
            "must be 0 for a sum: one suspect report stays in it and would confirm itself",
        );
        let derived = rule.parameter.as_str().starts_with("basin_")
            || derive::DERIVED.contains(&rule.parameter.as_str());
        let limited = pack.limits.iter().any(|entry| entry.parameter == rule.parameter);
        self.demand(
            derived || limited,
            "rules.toml",
            format!("{key}.parameter"),
            &rule.parameter,
            "is watched without limits in quality.toml: its values would never be good",
        );
    }
}

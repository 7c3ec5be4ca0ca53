//! The words of a warning, from data: what was seen, where, how far above which level, since when, what to do.

mod line;
mod say;

use domain::warning::{LocalText, Text};
use domain::{Evidence, Level, MessageKind, Time, text};
use warning::{Directory, Ground, Policy, Situation, Writer};

use crate::roster::Roster;
use pack::{Pack, Texts};
use say::Tongue;

/// Longest headline, characters (CAP practice).
const HEADLINE: usize = 140;

/// Everything needed to write.
pub(crate) struct Words<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) stations: &'a Roster,
    pub(crate) now: Time,
}

impl Writer for Words<'_> {
    fn policy(&self, hazard: &str, level: Level) -> Policy {
        let found = warning::policy(&self.pack.policies, hazard, level.max(Level(1)));
        found.cloned().unwrap_or_else(|| cautious(hazard, level))
    }

    fn text(
        &self,
        situation: &Situation,
        kind: MessageKind,
        level: Level,
        reason: Option<&str>,
    ) -> LocalText {
        let write = |tongue: Tongue| self.write(tongue, situation, kind, level, reason);
        LocalText { vi: write(Tongue::Vietnamese), en: write(Tongue::English) }
    }

    fn directory(&self) -> &Directory {
        &self.pack.directory
    }
}

/// When no policy is written: a person decides, and the message holds for half a day.
fn cautious(hazard: &str, level: Level) -> Policy {
    Policy {
        hazard: hazard.to_owned(),
        level,
        auto_issue_after: None,
        auto_end_after: None,
        expires_after: domain::Span::hours(12),
        receipt_within: None,
        gather: domain::Span::ZERO,
        settle: domain::Span::ZERO,
        auto_issue_in_exercise: false,
    }
}

impl Words<'_> {
    fn texts(&self, tongue: Tongue) -> &Texts {
        match tongue {
            Tongue::Vietnamese => &self.pack.texts_vi,
            Tongue::English => &self.pack.texts_en,
        }
    }

    fn write(
        &self,
        tongue: Tongue,
        situation: &Situation,
        kind: MessageKind,
        level: Level,
        reason: Option<&str>,
    ) -> Text {
        let texts = self.texts(tongue);
        let hazard = &situation.subject.hazard;
        let meaning = self.meaning(situation, level);
        let name = texts.fill(&format!("{hazard}.level.{meaning}"), &[]);
        let stage = situation.evidence.iter().find(|e| e.parameter.as_str() == "water_level");
        let first = stage.or(situation.evidence.first());
        let leading = first.map_or(String::new(), |evidence| self.leading(tongue, evidence));
        let others = (situation.evidence.len() + situation.unnamed).saturating_sub(1);
        let gathered = hazard == "technical" && others > 0;
        let leading = if gathered { self.and_others(tongue, leading, others) } else { leading };
        let what = match kind {
            MessageKind::Issue => "issue",
            MessageKind::Update => "update",
            MessageKind::End => "end",
            MessageKind::Cancel => "cancel",
        };
        let episode = self.pack.episode(&situation.subject.episode);
        let episode = episode.map_or(situation.subject.name.as_str(), |episode| match tongue {
            Tongue::Vietnamese => &episode.name_vi,
            Tongue::English => &episode.name_en,
        });
        let values = [("episode", episode), ("level", &name), ("leading", &leading)];
        let headline = texts.fill(&format!("{hazard}.headline.{what}"), &values);
        let over = kind.is_over();
        let advice = if over { "end" } else { meaning.as_str() };
        Text {
            headline: headline.chars().take(HEADLINE).collect(),
            description: self.description(tongue, situation, kind, reason),
            instruction: texts.fill(&format!("{hazard}.instruction.{advice}"), &[]),
        }
    }

    /// Which words a level has. Of a flood only the stage has a báo động, a legal level: a river that rises fast
    /// below the first has words of its own. So have the long memory and the clock among technical faults: no station is to blame.
    fn meaning(&self, situation: &Situation, level: Level) -> String {
        let of_stage = |ground: &&Ground| self.pack.reads_stage(&ground.rule);
        let stage = situation.grounds.iter().filter(of_stage).map(|ground| ground.level).max();
        let stated = |evidence: &Evidence| evidence.parameter.as_str() == "water_level";
        let memory = |evidence: &Evidence| evidence.parameter.as_str() == "history";
        let evidence = &situation.evidence;
        if !evidence.is_empty() && evidence.iter().all(memory) {
            return "history".to_owned();
        }
        let of_clock = |evidence: &Evidence| {
            matches!(evidence.parameter.as_str(), "clock_ahead" | "clock_behind")
        };
        if !evidence.is_empty() && evidence.iter().all(of_clock) {
            return "clock".to_owned();
        }
        let flood = situation.subject.hazard == "flood" && !situation.evidence.is_empty();
        match stage {
            Some(stage) if flood => stage.0.clamp(1, 4).to_string(),
            None if flood && !situation.evidence.iter().any(stated) => "rise".to_owned(),
            _ => level.0.clamp(1, 4).to_string(),
        }
    }

    fn description(
        &self,
        tongue: Tongue,
        situation: &Situation,
        kind: MessageKind,
        reason: Option<&str>,
    ) -> String {
        let texts = self.texts(tongue);
        let mut lines = Vec::new();
        let mut phrase = |wanted: bool, key: &str, values: &[(&str, &str)]| {
            if wanted {
                lines.push(texts.fill(key, values));
            }
        };
        phrase(situation.provisional, "phrase.provisional", &[]);
        phrase(situation.late, "phrase.late", &[]);
        let said = [("reason", reason.unwrap_or(""))];
        // What is not seen any more has not been seen to end.
        let by_itself = reason.is_none() && situation.unobserved;
        phrase(kind == MessageKind::End && !by_itself, "phrase.end", &said);
        phrase(by_itself && kind != MessageKind::Cancel, "phrase.unobserved", &said);
        phrase(kind == MessageKind::Cancel, "phrase.cancel", &[("reason", reason.unwrap_or(""))]);
        let technical = situation.subject.hazard == "technical";
        let blind = situation.grounds.iter().any(|ground| ground.blind);
        phrase(blind && !technical, "phrase.blind", &[]);
        lines.extend(situation.grounds.iter().filter_map(|ground| self.combined(tongue, ground)));
        lines.extend(situation.evidence.iter().map(|evidence| self.line(tongue, evidence)));
        lines.extend(self.more(tongue, situation.unnamed));
        if !situation.evidence.is_empty() && !technical && kind != MessageKind::Cancel {
            let moment = text::moment(situation.onset);
            lines.push(texts.fill("phrase.since", &[("moment", &moment)]));
        }
        let lines = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The words of a test.
    pub(crate) fn test(&self, remark: &str) -> LocalText {
        let write = |tongue: Tongue| {
            let line = self.texts(tongue).fill("phrase.test", &[("remark", remark)]);
            Text {
                headline: line.chars().take(HEADLINE).collect(),
                description: line,
                instruction: String::new(),
            }
        };
        LocalText { vi: write(Tongue::Vietnamese), en: write(Tongue::English) }
    }
}

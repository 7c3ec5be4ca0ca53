//! From alarms to warnings: how each episode stands, what people decide, what goes out by itself.

use std::sync::Arc;

use domain::warning::{Author, LogLine};
use domain::{
    AlarmRecord, AlarmState, Command, CommandError, EpisodeId, Level, MessageKind, Realm, Span,
    Warning, WarningId, WarningMessage, WarningState,
};
use warning::desk::Actions;
use warning::{News, Purpose, Situation, Writer};

use crate::agenda::Due;
use crate::compose::Words;
use crate::processor::{Pipeline, Work};

/// Most pieces of evidence named in one warning.
const EVIDENCE: usize = 12;

impl Pipeline {
    /// Shows the desk every episode whose alarms changed.
    pub(crate) fn review(&mut self, work: &mut Work) {
        let dirty = std::mem::take(&mut work.dirty);
        for episode in dirty {
            let Some(situation) = self.situation(work, &episode) else { continue };
            self.at_desk(work, |desk, now, words| desk.review(now, &situation, words));
        }
        work.late.clear();
    }

    pub(crate) fn desk_due(&mut self, work: &mut Work) {
        for episode in self.state.desk.due(self.state.now) {
            let Some(situation) = self.situation(work, &episode) else { continue };
            self.at_desk(work, |desk, now, words| desk.expire(now, &situation, words));
        }
    }

    pub(crate) fn command(&mut self, work: &mut Work, user: &str, command: &Command) {
        let done = match command {
            Command::Confirm { warning, .. }
            | Command::Reject { warning, .. }
            | Command::End { warning, .. }
            | Command::Cancel { warning, .. } => self.decide(work, user, command, warning),
            Command::Test { remark } => self.test(work, user, remark),
        };
        work.out.command = Some(done);
    }

    fn decide(
        &mut self,
        work: &mut Work,
        user: &str,
        command: &Command,
        warning: &WarningId,
    ) -> Result<(), CommandError> {
        let unknown = || CommandError::NoSuchWarning(warning.clone());
        let episode = self.state.desk.episode_of(warning).cloned().ok_or_else(unknown)?;
        let situation = self.situation(work, &episode).ok_or_else(unknown)?;
        let mut done = Ok(());
        self.at_desk(work, |desk, now, words| {
            desk.command(now, user, command, &situation, words).unwrap_or_else(|error| {
                done = Err(error);
                Actions::default()
            })
        });
        done
    }

    /// Lets the desk act, and keeps what follows.
    fn at_desk(
        &mut self,
        work: &mut Work,
        act: impl FnOnce(&mut warning::Desk, domain::Time, &dyn Writer) -> Actions,
    ) {
        let plan = Arc::clone(&work.plan);
        let now = self.state.now;
        let words = Words { pack: &plan.pack, stations: &self.state.stations, now };
        let actions = act(&mut self.state.desk, now, &words);
        keep(work, actions);
        if let Some(at) = self.state.desk.next_deadline() {
            self.agenda.add(at, Due::Desk);
        }
    }

    /// How an episode stands.
    fn situation(&self, work: &Work, id: &EpisodeId) -> Option<Situation> {
        let pack = &work.plan.pack;
        let episode = pack.episode(id)?;
        let level = |alarm: &AlarmRecord| match alarm.state {
            AlarmState::Level(level) => level,
            AlarmState::Unknown | AlarmState::Normal => Level(0),
        };
        let mine = self.state.alarms.values().filter(|alarm| alarm.episode == *id);
        let mut alarms: Vec<_> = mine.filter(|alarm| level(alarm) > Level(0)).collect();
        alarms.sort_by(|a, b| {
            (level(b), a.provisional, a.since, &a.rule, &a.target).cmp(&(
                level(a),
                b.provisional,
                b.since,
                &b.rule,
                &b.target,
            ))
        });
        let mut situation = Situation {
            episode: id.clone(),
            name: episode.name_vi.clone(),
            hazard: episode.hazard.clone(),
            level: alarms.first().map_or(Level(0), |alarm| level(alarm)),
            provisional: false,
            late: false,
            onset: alarms.iter().map(|alarm| alarm.since).min().unwrap_or(self.state.now),
            evidence: Vec::new(),
            areas: pack.areas_of(episode, self.state.now),
        };
        let top = alarms.iter().filter(|alarm| level(alarm) == situation.level);
        situation.provisional = !alarms.is_empty() && top.clone().all(|alarm| alarm.provisional);
        let mut seen = Vec::new();
        for evidence in alarms.iter().flat_map(|alarm| &alarm.evidence) {
            let key = (&evidence.station, &evidence.parameter, evidence.observed_at);
            if !seen.contains(&key) && seen.len() < EVIDENCE {
                seen.push(key);
                situation.evidence.push(evidence.clone());
            }
        }
        let old = |alarm: &AlarmRecord| {
            let newest = alarm.evidence.iter().map(|evidence| evidence.observed_at).max();
            newest.is_some_and(|newest| self.state.now - newest > pack.about.late_after)
        };
        // What was found in old data only, and nothing fresh bears out, is told as late.
        situation.late = situation.level > Level(0)
            && situation.hazard != "technical"
            && !self.state.desk.case(id).is_some_and(warning::Case::in_force)
            && top.clone().all(|alarm| old(alarm));
        if let (Level(0), Some((level, at, evidence))) = (situation.level, work.late.get(id)) {
            situation.level = *level;
            situation.late = true;
            situation.onset = *at;
            situation.evidence.clone_from(evidence);
        }
        Some(situation)
    }

    /// A test warning: issued at once to exercise recipients, and over.
    fn test(&mut self, work: &mut Work, user: &str, remark: &str) -> Result<(), CommandError> {
        let remark = remark.trim();
        if remark.is_empty() {
            return Err(CommandError::ReasonMissing);
        }
        let plan = Arc::clone(&work.plan);
        let now = self.state.now;
        let words = Words { pack: &plan.pack, stations: &self.state.stations, now };
        let id: EpisodeId = "test".parse().expect("a plain word is a name");
        let warning_id = self.state.desk.new_id(&id, now);
        let message = WarningMessage {
            warning: warning_id.clone(),
            number: 1,
            kind: MessageKind::Issue,
            realm: Realm::Test,
            level: Level(1),
            provisional: false,
            late: false,
            sent_at: now,
            expires_at: now + Span::hours(1),
            onset: now,
            author: Author::Person(user.to_owned()),
            remark: Some(remark.to_owned()),
            text: words.test(remark),
            evidence: Vec::new(),
            hazard: "technical".to_owned(),
            areas: Vec::new(),
            replaces: Vec::new(),
        };
        work.out.warnings.push(Warning {
            id: warning_id,
            episode: id.clone(),
            episode_name: message.text.vi.headline.clone(),
            hazard: "technical".to_owned(),
            realm: Realm::Test,
            state: WarningState::Ended,
            level: Level(1),
            provisional: false,
            onset: now,
            drafted_at: now,
            changed_at: now,
            draft: None,
            messages: 1,
            peak: None,
            log: vec![LogLine {
                at: now,
                who: Some(user.to_owned()),
                what: "tested".to_owned(),
                detail: remark.to_owned(),
            }],
        });
        let news = News {
            episode: &id,
            message: &message,
            purpose: Purpose::Tell,
            at: now,
            receipt_within: words.policy("technical", Level(1)).receipt_within,
        };
        work.out.notices.extend(words.directory().plan(&news));
        work.out.messages.push(message);
        Ok(())
    }
}

/// Later states of the same warning within one arrival replace earlier ones.
fn keep(work: &mut Work, actions: Actions) {
    for warning in actions.warnings {
        work.out.warnings.retain(|known| known.id != warning.id);
        work.out.warnings.push(warning);
    }
    work.out.messages.extend(actions.messages);
    work.out.notices.extend(actions.notices);
}

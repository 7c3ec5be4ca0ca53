//! From alarms to warnings: how each episode stands, what people decide, what goes out by itself.

use std::sync::Arc;

use domain::warning::{Author, LogLine};
use domain::{
    AlarmRecord, Command, CommandError, EpisodeId, Evidence, Level, MessageKind, Realm, Span,
    Warning, WarningId, WarningMessage, WarningState,
};
use warning::desk::Actions;
use warning::{Ground, News, Past, Purpose, Situation, Subject, Watch, Writer};

use crate::agenda::Due;
use crate::compose::Words;
use crate::processor::{Pipeline, Work};
use pack::Pack;

impl Pipeline {
    /// Shows the desk every episode whose alarms changed.
    pub(crate) fn review(&mut self, work: &mut Work) {
        let dirty = std::mem::take(&mut work.dirty);
        for episode in dirty {
            let Some(situation) = self.situation(work, &episode) else { continue };
            self.at_desk(work, &episode, |desk, now, words| desk.review(now, &situation, words));
        }
        work.late.clear();
    }

    pub(crate) fn desk_due(&mut self, work: &mut Work, episode: &EpisodeId) {
        let Some(situation) = self.situation(work, episode) else { return };
        self.at_desk(work, episode, |desk, now, words| desk.expire(now, &situation, words));
    }

    pub(crate) fn command(&mut self, work: &mut Work, user: &str, command: &Command) {
        let done = match command {
            Command::Confirm { warning, .. }
            | Command::Reject { warning, .. }
            | Command::End { warning, .. }
            | Command::Cancel { warning, .. } => self.decide(work, user, command, warning),
            Command::Maintain { station, until, reason } => {
                self.maintain(work, user, station, *until, reason)
            }
            Command::Operate { station, reason } => self.operate(work, station, reason),
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
        let ended = matches!(command, Command::End { .. } | Command::Cancel { .. });
        let mut done = Ok(());
        self.at_desk(work, &episode, |desk, now, words| {
            desk.command(now, user, command, &situation, words).unwrap_or_else(|error| {
                done = Err(error);
                Actions::default()
            })
        });
        if done.is_ok() && ended {
            self.lowered_by_person(work, &episode);
        }
        done
    }

    /// A warning was ended by a person: its alarms that no sensor shows any more are lowered, whatever is doubted of their
    /// values, and those that are blind. What is lowered later follows with the readings.
    fn lowered_by_person(&mut self, work: &mut Work, episode: &EpisodeId) {
        let mine = self.state.alarms.values();
        let mine = mine.filter(|alarm| alarm.episode == *episode && alarm.level() > Level(0));
        let mine: Vec<AlarmRecord> = mine.cloned().collect();
        for alarm in mine {
            self.lower_denied(work, alarm, Level(0));
        }
    }

    /// Lowers an alarm that a person denied, as far as nothing shows it any more.
    pub(crate) fn lower_denied(&mut self, work: &mut Work, alarm: AlarmRecord, stands: Level) {
        let plan = Arc::clone(&work.plan);
        let (stations, basins) = (&plan.stations, &plan.basins);
        let Some(place) = stations.get(&alarm.target).or_else(|| basins.get(&alarm.target)) else {
            return;
        };
        let index = place.watches.iter().position(|w| w.rule.id == alarm.rule);
        let Some(watched) = index.map(|index| &place.watches[index]) else { return };
        let steps = watched.steps.at(self.state.now);
        let unseen = (alarm.blind, place.silent_after());
        let watcher = self.state.watcher_mut(&alarm.rule, &alarm.target);
        let change = watcher.and_then(|watcher| watcher.over(steps, stands, unseen));
        if let Some(change) = change {
            self.transition(work, &watched.rule, &alarm.target, change, alarm.evidence);
        }
    }

    /// Lets the desk act, and keeps what follows.
    fn at_desk(
        &mut self,
        work: &mut Work,
        episode: &EpisodeId,
        act: impl FnOnce(&mut warning::Desk, domain::Time, &dyn Writer) -> Actions,
    ) {
        let plan = Arc::clone(&work.plan);
        let now = self.state.now;
        let words = Words { pack: &plan.pack, stations: &self.state.stations, now };
        let actions = act(&mut self.state.desk, now, &words);
        keep(work, actions);
        match self.state.desk.deadline(episode) {
            Some(at) => self.agenda.add(at, Due::Desk(episode.clone())),
            None if self.state.desk.case(episode).is_none() => {
                self.state.unobserved.retain(|(known, ..)| known != episode);
            }
            None => {}
        }
    }

    /// How an episode stands.
    fn situation(&self, work: &Work, id: &EpisodeId) -> Option<Situation> {
        let pack = &work.plan.pack;
        let of_pack = pack.episode(id).map(|episode| Subject {
            episode: id.clone(),
            name: episode.name_vi.clone(),
            hazard: episode.hazard.clone(),
            areas: pack.areas_of(episode, self.state.now),
        });
        // An episode that the pack does not name any more may still have a warning open.
        let of_case = || self.state.desk.case(id).map(warning::Case::subject);
        let subject = of_pack.or_else(of_case)?;
        let mine = || self.state.alarms.values().filter(|alarm| alarm.episode == *id);
        let stages = || mine().filter(|alarm| pack.reads_stage(&alarm.rule));
        let highest = Stage {
            seen: stages().map(AlarmRecord::level).max().unwrap_or_default(),
            sure: stages().map(sure_level).max().unwrap_or_default(),
        };
        let alarmed = mine().filter(|alarm| alarm.level() > Level(0));
        let grounds = alarmed.flat_map(|alarm| self.grounds(pack, alarm, &highest)).collect();
        let past = work.late.get(id).map(|(level, at, evidence)| Past {
            level: *level,
            at: *at,
            evidence: evidence.clone(),
        });
        let mut situation = Situation::new(subject, grounds, past);
        situation.unobserved = self.state.unobserved.iter().any(|(episode, ..)| episode == id);
        let crest = |alarm: &AlarmRecord| Some((sure_level(alarm), alarm.highest.clone()?));
        let sure = |alarm: &&AlarmRecord| !alarm.provisional;
        situation.crests = stages().filter(sure).filter_map(crest).collect();
        if situation.crests.is_empty() {
            situation.crests = mine().filter(sure).filter_map(crest).collect();
        }
        Some(situation)
    }

    /// An alarm with its newest values, and apart from it what stays sure under a provisional one. How fast a river
    /// rises presses, but only its stage has a báo động: other values of a flood let a warning state no more than the
    /// stage does, and 1 below all levels.
    fn grounds(&self, pack: &Pack, alarm: &AlarmRecord, highest: &Stage) -> Vec<Ground> {
        let rule = pack.rule(&alarm.rule);
        let measured = rule.is_some_and(|rule| matches!(rule.watch, Watch::Threshold(_)));
        let flood = rule.is_some_and(|rule| rule.hazard == "flood");
        let borrowed = flood && measured && !pack.reads_stage(&alarm.rule);
        let stated = |urgency: Level, stage: Level| match borrowed {
            true => urgency.min(stage.max(Level(1))),
            false => urgency,
        };
        let stage = if alarm.provisional { highest.seen } else { highest.sure };
        let ground = Ground {
            rule: alarm.rule.clone(),
            target: alarm.target.clone(),
            level: stated(alarm.level(), stage),
            urgency: alarm.level(),
            provisional: alarm.provisional,
            late: self.is_late(alarm),
            blind: alarm.blind,
            since: alarm.since,
            evidence: alarm.evidence.iter().map(|evidence| self.newest(evidence)).collect(),
        };
        let sure = alarm.beneath.as_ref().map(|sure| Ground {
            level: stated(sure.level, highest.sure),
            urgency: sure.level,
            provisional: false,
            since: sure.since,
            evidence: vec![sure.evidence.clone()],
            ..ground.clone()
        });
        sure.into_iter().chain([ground]).collect()
    }

    /// Whether nothing fresh bears an alarm out; a combined one rests on those of its conditions.
    fn is_late(&self, alarm: &AlarmRecord) -> bool {
        let old = |evidence: &Evidence| {
            let place = (&evidence.station, &evidence.parameter);
            let on = |known: &&AlarmRecord| {
                let latest = known.latest.as_ref().filter(|_| known.level() > Level(0));
                latest.is_some_and(|latest| (&latest.station, &latest.parameter) == place)
            };
            let mut on = self.state.alarms.values().filter(on).peekable();
            on.peek().is_some() && on.all(|known| known.late)
        };
        alarm.late || alarm.latest.is_none() && alarm.evidence.iter().any(old)
    }

    /// The same evidence with the newest value that any alarm on it has seen.
    fn newest(&self, evidence: &Evidence) -> Evidence {
        let same = |newer: &&Evidence| {
            (&newer.station, &newer.parameter) == (&evidence.station, &evidence.parameter)
                && newer.observed_at > evidence.observed_at
        };
        let latest = self.state.alarms.values().filter(|alarm| alarm.level() > Level(0));
        let latest = latest.filter_map(|alarm| alarm.latest.as_ref()).filter(same);
        let Some(latest) = latest.max_by_key(|latest| latest.observed_at) else {
            return evidence.clone();
        };
        Evidence {
            threshold: evidence.threshold,
            threshold_name: evidence.threshold_name.clone(),
            source: evidence.source.clone(),
            ..latest.clone()
        }
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

/// The highest level that a stage of an episode has reached.
struct Stage {
    seen: Level,
    sure: Level,
}

fn sure_level(alarm: &AlarmRecord) -> Level {
    let beneath = alarm.beneath.as_ref().map_or(Level(0), |beneath| beneath.level);
    if alarm.provisional { beneath } else { alarm.level() }
}

/// Later states of the same warning within one arrival replace earlier ones.
pub(crate) fn keep(work: &mut Work, actions: Actions) {
    for warning in actions.warnings {
        work.out.warnings.retain(|known| known.id != warning.id);
        work.out.warnings.push(warning);
    }
    work.out.messages.extend(actions.messages);
    work.out.notices.extend(actions.notices);
}

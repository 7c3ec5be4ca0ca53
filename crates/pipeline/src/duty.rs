//! The duty desk: whose shift it is, who looks after which draft, who was called.

use domain::duty::{Claim, DutyDesk, DutyEntry, DutyError, DutyRecord, Handover, Officer, Shift};
use domain::{CommandError, Time, WarningId};

use crate::processor::{Pipeline, Work};

/// An act at the desk.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Its arrival.
    pub seq: u64,
    /// Processing time.
    pub at: Time,
    /// Who.
    pub who: &'a Officer,
    /// What.
    pub entry: &'a DutyEntry,
}

/// Carries an act out; `None` = it changes nothing and is not written down.
///
/// # Errors
/// It cannot be done as things stand.
pub fn act(desk: &mut DutyDesk, act: Act<'_>) -> Result<Option<DutyRecord>, DutyError> {
    let (mut before, mut unannounced) = (None, false);
    match act.entry {
        DutyEntry::TakeOver { handover, .. } => {
            (before, unannounced) = take_over(desk, act, *handover)?;
        }
        DutyEntry::HandOver { to, remark, .. } => {
            if let Some(shift) = desk.shift.as_ref().filter(|s| s.officer.user != act.who.user) {
                return Err(DutyError::NotYourShift(shift.officer.name.clone()));
            }
            let (from, to, remark) = (act.who.clone(), to.clone(), remark.clone());
            desk.handover = Some(Handover { seq: act.seq, at: act.at, from, to, remark });
        }
        DutyEntry::Take { warning } => {
            let had = desk.claims.iter().position(|claim| claim.warning == *warning);
            if had.is_some_and(|n| desk.claims[n].officer.user == act.who.user) {
                return Ok(None);
            }
            before = had.map(|n| desk.claims.remove(n).officer);
            let (warning, officer) = (warning.clone(), act.who.clone());
            desk.claims.push(Claim { warning, officer, at: act.at });
            desk.claims.sort_by(|one, other| one.warning.cmp(&other.warning));
        }
        DutyEntry::Note { text, .. } if text.trim().is_empty() => return Err(DutyError::Empty),
        DutyEntry::Note { .. } | DutyEntry::Call { .. } => {}
    }
    let (at, who, entry) = (act.at, act.who.clone(), act.entry.clone());
    Ok(Some(DutyRecord { at, who, entry, before, unannounced }))
}

/// Who had the shift, and whether they did not hand it over. Who goes home looks after nothing any more.
fn take_over(
    desk: &mut DutyDesk,
    act: Act<'_>,
    accepted: Option<u64>,
) -> Result<(Option<Officer>, bool), DutyError> {
    let waiting = desk.handover.as_ref().map(|handover| handover.seq);
    if waiting != accepted {
        return Err(DutyError::HandoverChanged);
    }
    let mine = desk.shift.as_ref().is_some_and(|shift| shift.officer.user == act.who.user);
    if mine {
        // Their own offer taken back: the shift goes on as it was.
        desk.handover.take().ok_or(DutyError::OnDutyAlready)?;
        return Ok((Some(act.who.clone()), false));
    }
    let handed = desk.handover.take().map(|handover| handover.from);
    let held = desk.shift.take().map(|shift| shift.officer);
    let unannounced = held.is_some() && handed.is_none();
    let before = held.or(handed);
    if let Some(gone) = &before {
        desk.claims.retain(|claim| claim.officer.user != gone.user);
    }
    let (seq, officer, since) = (act.seq, act.who.clone(), act.at);
    desk.shift = Some(Shift { seq, officer, since, unannounced });
    Ok((before, unannounced))
}

impl Pipeline {
    pub(crate) fn duty(&mut self, work: &mut Work, seq: u64, who: &Officer, entry: &DutyEntry) {
        let at = self.state.now;
        let done = self.may(work, entry).and_then(|()| {
            act(&mut self.state.duty, Act { seq, at, who, entry }).map_err(CommandError::Duty)
        });
        work.out.command = Some(match done {
            Ok(record) => {
                work.duty_changed |= record.is_some();
                work.out.duty = record;
                Ok(())
            }
            Err(error) => Err(error),
        });
    }

    /// Whether what it speaks of is there.
    fn may(&self, work: &Work, entry: &DutyEntry) -> Result<(), CommandError> {
        let warning = entry.warning();
        if let Some(unknown) = warning.filter(|id| !self.state.desk.knows(id)) {
            return Err(CommandError::NoSuchWarning(unknown.clone()));
        }
        match entry {
            DutyEntry::Take { warning } if !self.waits(warning) => {
                Err(CommandError::Duty(DutyError::NothingWaits(warning.clone())))
            }
            DutyEntry::Call { recipient, .. } => {
                let people = &work.plan.pack.directory;
                let all = people.actual().into_iter().chain(people.exercise());
                let known = all.into_iter().any(|entry| entry.id == *recipient);
                let unknown = || CommandError::Duty(DutyError::NoSuchRecipient(recipient.clone()));
                known.then_some(()).ok_or_else(unknown)
            }
            _ => Ok(()),
        }
    }

    fn waits(&self, warning: &WarningId) -> bool {
        let episode = self.state.desk.episode_of(warning);
        let case = episode.and_then(|episode| self.state.desk.case(episode));
        case.is_some_and(|case| case.warning.draft.is_some())
    }

    /// Nobody looks after what was decided; then the desk is handed out as it is.
    pub(crate) fn tidy_duty(&mut self, work: &mut Work) {
        let before = self.state.duty.claims.len();
        if before > 0 {
            let mut claims = std::mem::take(&mut self.state.duty.claims);
            claims.retain(|claim| self.waits(&claim.warning));
            self.state.duty.claims = claims;
        }
        if work.duty_changed || self.state.duty.claims.len() != before {
            work.out.duty_desk = Some(self.state.duty.clone());
        }
    }
}

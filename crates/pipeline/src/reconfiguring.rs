//! What a new configuration means for what stands: nothing is lost, and nothing is left without an owner.

use std::sync::Arc;

use domain::{AlarmRecord, EpisodeId, StationId};

use crate::agenda::Due;
use crate::plan::Plan;
use crate::processor::{Pipeline, Work};

impl Pipeline {
    /// A new configuration is in force.
    pub(crate) fn reconfigured(&mut self, work: &mut Work) {
        self.dismantle_stations(work);
        self.retire(work);
        self.rehome_alarms(work);
        let open: Vec<EpisodeId> = self.state.desk.episodes().cloned().collect();
        work.dirty.extend(open);
    }

    /// Stations that are configured no more are forgotten as far as they are watched: when they come back, what is wrong
    /// with them is told anew.
    fn dismantle_stations(&mut self, work: &mut Work) {
        let plan = Arc::clone(&work.plan);
        let gone = |id: &&StationId| !plan.stations.contains_key(*id);
        let gone: Vec<StationId> =
            self.state.stations.iter().map(|(id, _)| id).filter(gone).cloned().collect();
        for id in gone {
            let Some(station) = self.state.stations.get_mut(&id) else { continue };
            let told =
                !station.health.conditions.is_empty() || station.health.maintenance.is_some();
            station.health.conditions.clear();
            station.health.maintenance = None;
            station.health.listening_from = None;
            station.health.lagging = 0;
            station.health.nonsense = 0;
            for series in &mut station.series {
                series.silent = false;
                series.fault = None;
                series.usable_at = None;
            }
            if told {
                work.out.health.push(station.report(&id));
            }
        }
    }

    /// Alarms move to the episode to which their target belongs now; the one that they leave does not see them any more.
    fn rehome_alarms(&mut self, work: &mut Work) {
        let plan = Arc::clone(&work.plan);
        let moved: Vec<(AlarmRecord, EpisodeId)> =
            self.state.alarms.values().filter_map(|alarm| home(&plan, alarm)).collect();
        for (alarm, episode) in moved {
            self.state.note_unobserved(&alarm);
            work.dirty.insert(alarm.episode.clone());
            work.dirty.insert(episode.clone());
            let key = (alarm.rule.clone(), alarm.target.clone());
            let alarm = AlarmRecord { episode, ..alarm };
            work.out.alarms.push(alarm.clone());
            if let Some(end) = plan.ends_at(&alarm.rule, &alarm.target, self.state.now) {
                self.agenda.add(end, Due::Rule);
            }
            self.state.alarms.insert(key, alarm);
        }
    }
}

/// The episode of an alarm, where it is another one now.
fn home(plan: &Plan, alarm: &AlarmRecord) -> Option<(AlarmRecord, EpisodeId)> {
    let rule = plan.pack.rule(&alarm.rule)?;
    let episode = &plan.pack.episode_of(&rule.hazard, alarm.target.as_str())?.id;
    (*episode != alarm.episode).then(|| (alarm.clone(), episode.clone()))
}

//! The pipeline: takes the journal line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{
    Arrival, ArrivalBody, ClockState, EpisodeId, Evidence, Level, NoPast, Outcome, PackFiles, Past,
    Processor, Realm, SeriesId, SeriesKey, Stamp, StationHealth, StationId, Time,
};

use crate::agenda::{Agenda, Due};
use crate::clock::Witnesses;
use crate::numbers::Numbers;
use crate::plan::Plan;
use crate::state::State;
use crate::telemetry::set_aside;
use pack::{Fault, Pack};

/// The way from arrivals to outcomes. The first arrivals must bring a configuration; before it, stations are
/// unknown.
pub struct Pipeline {
    realm: Realm,
    pub(crate) state: State,
    pub(crate) agenda: Agenda,
    pub(crate) numbers: Numbers,
    pub(crate) witnesses: Witnesses,
    files: PackFiles,
    plan: Option<Arc<Plan>>,
    /// A configuration of the journal that this program cannot read, and what to do.
    unreadable: Option<String>,
}

/// What is collected while one arrival is worked out.
pub(crate) struct Work<'a> {
    /// What arrivals before `seq` left.
    pub(crate) past: &'a dyn Past,
    pub(crate) seq: u64,
    pub(crate) plan: Arc<Plan>,
    pub(crate) out: Outcome,
    /// Episodes whose alarms changed.
    pub(crate) dirty: BTreeSet<EpisodeId>,
    /// What late data say was, by episode.
    pub(crate) late: BTreeMap<EpisodeId, (Level, Time, Vec<Evidence>)>,
    /// Something was done at the duty desk.
    pub(crate) duty_changed: bool,
    /// What the message says of several sensors at once.
    pub(crate) peers: Vec<crate::newest::Peer>,
    /// What is being worked on is a copy that a broker kept: no sign that anything lives.
    pub(crate) retained: bool,
    /// Counters whose totals are to be counted anew.
    pub(crate) recount: BTreeSet<(StationId, usize)>,
    /// Late rain of the station that is worked on, by series: sums from the first to the last are to be stated again.
    pub(crate) late_rain: BTreeMap<usize, (Time, Time)>,
    /// All its rain: the first and the last report.
    pub(crate) rained: Option<(Time, Time)>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(plan: Arc<Plan>, past: &'a dyn Past, seq: u64) -> Self {
        Self {
            past,
            seq,
            plan,
            out: Outcome::default(),
            dirty: BTreeSet::new(),
            late: BTreeMap::new(),
            duty_changed: false,
            peers: Vec::new(),
            retained: false,
            recount: BTreeSet::new(),
            late_rain: BTreeMap::new(),
            rained: None,
        }
    }
}

impl Pipeline {
    /// A pipeline at the beginning of a journal.
    #[must_use]
    pub fn new(realm: Realm) -> Self {
        Self {
            realm,
            state: State::new(realm),
            agenda: Agenda::default(),
            numbers: Numbers::default(),
            witnesses: Witnesses::default(),
            files: PackFiles::new(),
            plan: None,
            unreadable: None,
        }
    }

    /// The pack in force.
    #[must_use]
    pub fn pack(&self) -> Option<Arc<Pack>> {
        self.plan.as_ref().map(|plan| Arc::clone(&plan.pack))
    }

    /// The realm of the journal.
    #[must_use]
    pub const fn realm(&self) -> Realm {
        self.realm
    }

    /// A pack is validated before it is journalled. What today's checks would refuse was in force then, so it is read as
    /// it stands; one that cannot be read at all is told by [`Processor::complete`].
    fn configure(&mut self, seq: u64, files: &PackFiles) {
        let pack = match Pack::read(files) {
            Ok(pack) => pack,
            Err(faults) => {
                self.unreadable.get_or_insert_with(|| unreadable(seq, &faults));
                return;
            }
        };
        let plan = Arc::new(Plan::new(Arc::new(pack)));
        self.files.clone_from(files);
        self.fit_watchers(&plan);
        self.expect_stations(&plan);
        self.plan = Some(plan);
    }

    fn handle(&mut self, work: &mut Work, arrival: &Arrival) {
        match &arrival.body {
            ArrivalBody::Telemetry { station, payload, dup, again: None, .. }
                if self.is_repetition(station, payload, *dup, arrival.received_at) =>
            {
                work.out.duplicates += 1;
            }
            ArrivalBody::Telemetry { station, payload, retained, again, .. } => {
                let received = again.map_or(arrival.received_at, |(_, received)| received);
                self.telemetry(work, station, payload, *retained, received, again.is_some());
                work.out.settles = again.map(|(seq, _)| seq);
            }
            ArrivalBody::Presence { station, connected } => {
                self.presence(work, station, *connected);
            }
            ArrivalBody::Unusable { station, reason, detail, .. } => {
                set_aside(work, station, *reason, detail.clone(), String::new());
                self.put_aside_of(station, 1);
            }
            ArrivalBody::Link { broker, down_since } => self.link(work, broker, *down_since),
            ArrivalBody::Command { user, command } => self.command(work, user, command),
            ArrivalBody::Review { user, review } => self.reviewed(work, user, review),
            ArrivalBody::Duty { user, entry } => self.duty(work, arrival.seq, user, entry),
            ArrivalBody::History { failing_since } => self.history(work, *failing_since),
            ArrivalBody::Forecast { act, .. } => {
                let now = self.state.clock.world(arrival.received_at, None);
                crate::forecasts::handle(work, act, now);
            }
            ArrivalBody::Started { alive_at } => self.started(work, *alive_at),
            ArrivalBody::Clock { state, from, .. } => self.clock_told(work, *state, *from),
            ArrivalBody::Config { .. } => self.reconfigured(work),
            ArrivalBody::Tick => {}
        }
    }

    /// Handles what is due up to `until`, each at its own time, so that it does not matter when somebody looks.
    fn run_due(&mut self, work: &mut Work, until: Time) {
        while self.agenda.next().is_some_and(|at| at <= until) {
            let Some((at, due)) = self.agenda.pop() else { return };
            match self.due_at(&work.plan, &due) {
                Some(really) if really == at => {
                    self.state.now = self.state.now.max(at);
                    self.fire(work, &due);
                    self.review(work);
                }
                Some(really) => self.agenda.add(really, due),
                None => {}
            }
        }
    }

    /// Drops entries from the top that are out of date, so that nobody is woken for nothing.
    fn tidy_agenda(&mut self, plan: &Plan) {
        while let Some((at, due)) = self.agenda.pop() {
            match self.due_at(plan, &due) {
                Some(really) if really == at => return self.agenda.add(at, due),
                Some(really) => self.agenda.add(really, due),
                None => {}
            }
        }
    }

    /// When that is really due.
    fn due_at(&self, plan: &Plan, due: &Due) -> Option<Time> {
        match due {
            Due::Hold(station) => self.hold_ends(station, plan.pack.about.reorder_hold),
            Due::Basin(basin) => self.state.basins.get(basin)?.grace_until,
            Due::Silence(station) => self.silent_at(plan, station),
            Due::Sensor(station) => self.sensor_silent_at(plan, station),
            Due::Fault(station) => self.fault_due(station),
            Due::Maintenance(station) => self.maintenance_ends(station),
            Due::Rule => self.rule_ends(plan),
            Due::Intake => self.intake_dead_at(plan),
            Due::Link(broker) => self.link_dead_at(plan, broker),
            Due::Desk(episode) => self.state.desk.deadline(episode),
        }
    }

    fn fire(&mut self, work: &mut Work, due: &Due) {
        match due {
            Due::Hold(station) => self.let_go(work, station),
            Due::Basin(basin) => self.basin_step(work, basin),
            Due::Silence(station) => self.fell_silent(work, station),
            Due::Sensor(station) => self.sensors_fell_silent(work, station),
            Due::Fault(station) => self.faults_are_due(work, station),
            Due::Maintenance(station) => self.maintenance_ended(work, station),
            Due::Rule => self.retire(work),
            Due::Intake => self.intake_dead(work),
            Due::Link(broker) => self.link_dead(work, broker),
            Due::Desk(episode) => self.desk_due(work, episode),
        }
    }

    /// The number of a series: that of the ledger, or the next one at its first appearance.
    pub(crate) fn number(&mut self, work: &mut Work, key: SeriesKey) -> SeriesId {
        if let Some(id) = self.numbers.of(&key) {
            return id;
        }
        let id = SeriesId(u32::try_from(self.state.series.len()).expect("fewer than 2³² series"));
        self.state.series.push(key.clone());
        work.out.new_series.push((id, key));
        id
    }

    fn refill_agenda(&mut self) {
        self.agenda = Agenda::default();
        let Some(plan) = self.plan.clone() else { return };
        let stations = self.state.stations.iter().map(|(id, _)| id);
        let mut all: Vec<Due> =
            stations.flat_map(|id| OF_STATION.map(|due| due(id.clone()))).collect();
        all.extend(self.state.basins.keys().cloned().map(Due::Basin));
        all.extend(self.state.links.keys().cloned().map(Due::Link));
        all.extend(self.state.desk.episodes().cloned().map(Due::Desk));
        all.extend([Due::Intake, Due::Rule]);
        for due in all {
            if let Some(at) = self.due_at(&plan, &due) {
                self.agenda.add(at, due);
            }
        }
    }
}

impl Processor for Pipeline {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        self.apply_after(arrival, &NoPast)
    }

    fn apply_after(&mut self, arrival: &Arrival, past: &dyn Past) -> Outcome {
        let mut before = Outcome::default();
        if let ArrivalBody::Config { files, .. } = &arrival.body {
            // What was due before is due under the configuration that was in force then.
            if let Some(plan) = self.plan.clone() {
                let mut work = Work::new(plan, past, arrival.seq);
                self.run_due(&mut work, arrival.received_at);
                before = work.out;
            }
            self.state.now = self.state.now.max(arrival.received_at);
            self.configure(arrival.seq, files);
            self.refill_agenda();
        }
        let Some(plan) = self.plan.clone() else {
            self.state.now = self.state.now.max(arrival.received_at);
            return unconfigured(arrival);
        };
        let mut work = Work { out: before, ..Work::new(plan, past, arrival.seq) };
        self.run_due(&mut work, listened_until(arrival));
        self.state.now = self.state.now.max(arrival.received_at);
        self.handle(&mut work, arrival);
        self.review(&mut work);
        let now = self.state.now;
        self.run_due(&mut work, now);
        self.tidy_duty(&mut work);
        let plan = Arc::clone(&work.plan);
        self.tidy_agenda(&plan);
        work.out
    }

    fn know_series(&mut self, known: &[(SeriesId, SeriesKey)]) {
        self.numbers = Numbers::new(known);
        self.state.series = self.numbers.fill(Vec::new());
    }

    fn series(&self) -> Vec<(SeriesId, SeriesKey)> {
        let numbered = (0..).map(SeriesId).zip(&self.state.series);
        numbered.map(|(id, key)| (id, key.clone())).collect()
    }

    fn complete(&self) -> Result<(), String> {
        self.unreadable.clone().map_or(Ok(()), Err)
    }

    fn clock(&self) -> ClockState {
        self.state.clock.state
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.witnesses.all()
    }

    fn next_deadline(&self) -> Option<Time> {
        self.agenda.next()
    }

    fn checkpoint(&self) -> Vec<u8> {
        let (bulk, rare) = self.state.write();
        let files = serde_json::to_vec(&self.files).expect("text always serialises");
        postcard::to_stdvec(&(VERSION, files, bulk, rare)).expect("bytes always serialise")
    }

    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        type Parts = (u32, Vec<u8>, Vec<u8>, Vec<u8>);
        let (version, files, bulk, rare): Parts =
            postcard::from_bytes(checkpoint).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("checkpoint version {version}, this program writes {VERSION}"));
        }
        let files: PackFiles = serde_json::from_slice(&files).map_err(|error| error.to_string())?;
        let mut state = State::read(&bulk, &rare)?;
        state.series = self.numbers.fill(state.series);
        // Nothing of a checkpoint that cannot be used may stay: an older one, or the whole journal, is next.
        let mut restored = Self { state, numbers: self.numbers.clone(), ..Self::new(self.realm) };
        if !files.is_empty() {
            restored.configure(0, &files);
            restored.complete()?;
        }
        restored.refill_agenda();
        *self = restored;
        Ok(())
    }

    fn health(&self) -> Vec<StationHealth> {
        self.state.stations.iter().map(|(id, station)| station.report(id)).collect()
    }
}

/// Up to when somebody listened before this arrival: what became due in a stop of the process is not due, for
/// nobody could have been heard.
fn listened_until(arrival: &Arrival) -> Time {
    match arrival.body {
        ArrivalBody::Started { alive_at: Some(alive) }
        | ArrivalBody::Clock { from: Some(alive), .. } => alive.min(arrival.received_at),
        _ => arrival.received_at,
    }
}

/// What may become due of a station.
const OF_STATION: [fn(StationId) -> Due; 5] =
    [Due::Hold, Due::Silence, Due::Sensor, Due::Fault, Due::Maintenance];

/// Version of the checkpoint's form; another one means: replay the journal.
const VERSION: u32 = 8;

/// How many faults of an unreadable configuration are named.
const NAMED: usize = 3;

fn unreadable(seq: u64, faults: &[Fault]) -> String {
    let named: Vec<String> = faults.iter().take(NAMED).map(Fault::to_string).collect();
    let which = match seq {
        0 => "the configuration of the checkpoint".to_owned(),
        seq => format!("the configuration of arrival {seq}"),
    };
    format!(
        "this program cannot read {which} ({}): start the program that wrote it, and ask its makers for a version that \
         reads both; nothing was changed",
        named.join("; ")
    )
}

fn unconfigured(arrival: &Arrival) -> Outcome {
    let mut out = Outcome::default();
    if let ArrivalBody::Telemetry { station, .. } | ArrivalBody::Unusable { station, .. } =
        &arrival.body
    {
        out.set_aside.push(domain::SetAside {
            station: station.clone(),
            reason: domain::SetAsideReason::UnknownStation,
            detail: format!("no configuration is in force, so '{station}' is unknown"),
            pointer: String::new(),
        });
    }
    if let ArrivalBody::Forecast { .. } = &arrival.body {
        let fault = "no configuration is in force: nothing can be forecast yet".to_owned();
        out.command = Some(Err(domain::CommandError::Forecast(fault)));
    }
    out
}

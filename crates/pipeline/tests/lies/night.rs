//! A night: stations speak, the time goes on in between, and what came out is kept with when.

use domain::{Arrival, Outcome, Realm, Span, Time};

use crate::common::{START, World, t, telemetry};
use crate::scene::{self, ABOVE, BELOW, BUCKET, Gauge, TRIED, WITNESS};
use crate::truth::{River, noise, to_cm};

/// How long a message is on its way.
const WAY: Span = Span::seconds(4);

/// Who else is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// No other gauge on the river.
    Lone,
    /// A second sensor, `radar`, is known.
    Radar,
    /// Honest gauges an hour up- and downstream.
    Neighbours,
    /// Three honest rain gauges in the basin of the fourth.
    Rain,
}

impl Scene {
    fn gauges(self) -> Vec<Gauge> {
        match self {
            Self::Lone => vec![TRIED, WITNESS],
            Self::Radar => vec![Gauge { sensors: &["radar"], ..TRIED }, WITNESS],
            Self::Neighbours => {
                vec![ABOVE, Gauge { downstream: Some("duoi"), ..TRIED }, BELOW, WITNESS]
            }
            Self::Rain => {
                let bucket = |id| Gauge { id, ..BUCKET };
                vec![bucket("mua-1"), bucket("mua-2"), bucket("mua-3"), bucket("mua-4"), WITNESS]
            }
        }
    }

    /// The station that is tried.
    pub(crate) const fn tried(self) -> &'static str {
        match self {
            Self::Rain => "mua-1",
            _ => "tram",
        }
    }

    /// What the others say.
    fn others(self, river: River, minute: i64) -> Vec<Word> {
        let stage = |station, minute: i64, metres: f64| Word {
            station,
            ..Word::stage(minute, to_cm(metres + noise(minute + 7) / 100.0))
        };
        let mut words = vec![stage("nhan-chung", minute, River::Calm.at(minute))];
        match self {
            Self::Lone | Self::Radar => {}
            Self::Neighbours => {
                words.push(stage("tren", minute, 10.0 + river.at(minute + 60)));
                words.push(stage("duoi", minute, river.at(minute - 60) - 2.0));
            }
            Self::Rain => {
                for station in ["mua-2", "mua-3", "mua-4"] {
                    let rain = if minute < crate::truth::RISE { 0.0 } else { 6.0 + noise(minute) };
                    words
                        .push(Word { station, ..Word::of(minute, &format!("\"rain\":{rain:.1}")) });
                }
            }
        }
        words
    }
}

/// What an honest gauge would show at a minute, and how long the lie lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) minute: i64,
    pub(crate) stage: f64,
    pub(crate) since: i64,
}

impl Moment {
    pub(crate) fn of(river: River, minute: i64, from: i64) -> Self {
        let stage = to_cm(river.at(minute) + noise(minute) / 100.0);
        Self { minute, stage, since: minute - from }
    }
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) station: &'static str,
    pub(crate) payload: String,
    pub(crate) received: Time,
    pub(crate) retained: bool,
}

impl Word {
    /// Readings of a minute, as JSON members.
    pub(crate) fn of(minute: i64, readings: &str) -> Self {
        Self::stamped(minute, t(minute), readings)
    }

    /// Readings sent at a minute with that time on them.
    pub(crate) fn stamped(minute: i64, time: Time, readings: &str) -> Self {
        Self::plain(minute, format!(r#"{{"time":"{time}","readings":{{{readings}}}}}"#))
    }

    /// Any message of a minute.
    pub(crate) fn plain(minute: i64, payload: String) -> Self {
        Self { station: TRIED.id, payload, received: t(minute) + WAY, retained: false }
    }

    pub(crate) fn stage(minute: i64, metres: f64) -> Self {
        Self::of(minute, &format!("\"water_level\":{metres:.2}"))
    }

    pub(crate) fn radar(minute: i64, metres: f64) -> Self {
        let value = format!("\"water_level\":{{\"value\":{metres:.2},\"sensor\":\"radar\"}}");
        Self { received: t(minute) + WAY + WAY, ..Self::of(minute, &value) }
    }

    pub(crate) fn later(self, by: Span) -> Self {
        Self { received: self.received + by, ..self }
    }
}

/// Everything that came out of a night.
pub(crate) struct Night {
    world: World,
    /// Stops and starts after each so many messages.
    restarts: Option<usize>,
}

impl Night {
    pub(crate) fn begin(gauges: &[Gauge], river: River) -> Self {
        let world = World::new(Realm::Actual, scene::pack(gauges, river));
        Self { world, restarts: None }
    }

    /// A night of a scene up to a minute: every `step` minutes the tried station says what `say` says, and the
    /// others what is true.
    pub(crate) fn of(
        scene: Scene,
        river: River,
        (step, until): (i64, i64),
        say: impl Fn(i64) -> Vec<Word>,
    ) -> Self {
        let mut night = Self::begin(&scene.gauges(), river);
        night.hear(scene, river, (step, until), say);
        night
    }

    /// The same night, stopped and started after each so many messages.
    pub(crate) fn restarted(
        scene: Scene,
        river: River,
        (step, until): (i64, i64),
        every: usize,
        say: impl Fn(i64) -> Vec<Word>,
    ) -> Self {
        let mut night = Self::begin(&scene.gauges(), river);
        night.restarts = Some(every);
        night.hear(scene, river, (step, until), say);
        night
    }

    pub(crate) fn hear(
        &mut self,
        scene: Scene,
        river: River,
        (step, until): (i64, i64),
        say: impl Fn(i64) -> Vec<Word>,
    ) {
        for minute in (0..=until).filter(|minute| minute % 10 == 0) {
            let mut words = scene.others(river, minute);
            if minute % step == 0 {
                words.extend(say(minute));
            }
            words.sort_by_key(|word| word.received);
            for word in words {
                self.take(word);
            }
        }
        self.world.pass(t(until + 9));
    }

    fn take(&mut self, word: Word) {
        self.world.pass(word.received);
        self.world
            .take(word.received, telemetry(word.station, &word.payload, word.retained, false));
        if self.restarts.is_some_and(|every| self.world.arrivals.len().is_multiple_of(every)) {
            self.world.restart();
        }
    }

    /// What came out, with the minute at which it did.
    pub(crate) fn told(&self) -> impl DoubleEndedIterator<Item = (i64, &Outcome)> {
        let minute = |came: &Arrival| (came.received_at.millis() - START).div_euclid(60_000);
        self.world.arrivals.iter().map(minute).zip(&self.world.outcomes)
    }
}

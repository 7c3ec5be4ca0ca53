//! What the faults happen to: InfluxDB behind a door, the program, and stations that publish the whole time.

use domain::Time;
use serde_json::Value;
use tests::door::Door;
use tests::http::until;
use tests::influx::InfluxDb;
use tests::pack::{self, station};
use tests::server::{Installation, Server};
use tokio::sync::{RwLock, RwLockWriteGuard};

use crate::compare::{hours_have_all, same, summed};
use crate::load::{Ears, Load, STATIONS, Waits, quantile};

/// Settings under which nothing has to be waited for long.
pub(crate) const QUICK: &str = "batch_seconds = 0\ntimeout_seconds = 1\nsummary_seconds = 1";
/// The broker lets the tests' stations go at their pace.
const BROKER: &str = "\n[broker]\nmessages_per_second = 10000\nburst_messages = 10000";
/// What the stations observe begins here.
const FROM: Time = Time::from_millis(1_748_736_000_000);

/// How much slower than on a good day it may be: so many times, and so many milliseconds more. Two cores run the
/// stations, the program and a server that is starting again; what is waited for by mistake is seconds.
const TIMES: f64 = 5.0;
const MORE_MS: f64 = 50.0;
/// Memory that a fault may cost, MB.
const MORE_MB: f64 = 64.0;

/// Who measures how long things take is alone on the machine; the others share it.
static MACHINE: RwLock<()> = RwLock::const_new(());

/// Waits until nobody measures.
pub(crate) async fn shared() -> tokio::sync::RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// Everything that runs.
pub(crate) struct World {
    pub(crate) influx: InfluxDb,
    pub(crate) door: Door,
    pub(crate) installation: Installation,
    pub(crate) server: Server,
    load: Load,
    healthy: Waits,
    memory: f64,
    _alone: RwLockWriteGuard<'static, ()>,
}

impl World {
    /// Starts it all, with a server that has been set up, and measures a good day.
    pub(crate) async fn begin(influx: InfluxDb) -> Self {
        let alone = MACHINE.write().await;
        let mut influx = influx;
        // It stands on a machine of its own: what it does may not take the two cores from what is measured.
        influx.wrapper.splice(..0, ["nice", "-n", "19"].map(str::to_owned));
        influx.start().await.unwrap();
        influx.setup().await.unwrap();
        let door = Door::before(influx.base()).await;
        let ears = Ears::open().await;
        let mut installation = Installation::new();
        pack::write(&installation.pack(), &ears.wish());
        installation.give_secret("collector", "a secret of the tests");
        influx.feed_from(&mut installation, &door.base(), &format!("{QUICK}{BROKER}"));
        let server = installation.start().await.unwrap();
        installation.admit((0..STATIONS).map(station)).unwrap();
        let load = Load::begin(installation.mqtt, FROM, &ears).await;
        load.go_on(100).await;
        load.take();
        load.go_on(400).await;
        let (healthy, memory) = (load.take(), server.memory_mb());
        println!("{:<24} {}  {memory:.0} MB", "a good day", told(&healthy));
        recovered(&installation).await;
        load.take();
        Self { influx, door, installation, server, load, healthy, memory, _alone: alone }
    }

    /// Waits until the page names that state.
    pub(crate) async fn named(&self, state: &str) {
        named(&self.installation, state).await;
    }

    /// Lets a fault that is named last until the stations have sent so many more messages.
    pub(crate) async fn lasts(&self, messages: usize) {
        self.load.go_on(messages).await;
    }

    /// The fault is over: waits until the history has everything again, then compares with the good day what the
    /// stations and the people noticed since the last time.
    pub(crate) async fn over(&mut self, fault: &str) {
        recovered(&self.installation).await;
        let (waits, memory) = (self.load.take(), self.server.memory_mb());
        println!("{fault:<24} {}  {memory:.0} MB", told(&waits));
        if slower(&self.healthy, &waits) {
            // The machine may have become slow for another reason: then it is slow on this good day too.
            self.load.go_on(400).await;
            let good = self.load.take();
            println!("{:<24} {}", "a good day after it", told(&good));
            assert!(!slower(&good, &waits), "{fault}: slower than on a good day");
        }
        assert!(memory <= self.memory + MORE_MB, "{fault}: {memory:.0} MB");
    }

    /// The value of a counter of the program.
    pub(crate) async fn count(&self, name: &str) -> u64 {
        let url = format!("{}/metrics", self.installation.base());
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// The stations stop; what is left is a ledger and a server that must have the same, and gives how much.
    pub(crate) async fn end(self) -> (Installation, InfluxDb, usize) {
        let Self { influx, installation, server, load, .. } = self;
        let sent = load.end().await;
        summed(&installation).await;
        let points = same(&installation, &influx, "quantrac_raw").await;
        hours_have_all(&installation, &influx, "quantrac_hourly").await;
        println!("messages {sent} readings {points}");
        assert!(points as u64 > sent, "each message has more than one reading");
        server.stop().await.unwrap();
        (installation, influx, points)
    }
}

fn slower(good: &Waits, bad: &Waits) -> bool {
    let slow =
        |good: &[f64], bad: &[f64]| quantile(bad, 0.99) > quantile(good, 0.99) * TIMES + MORE_MS;
    slow(&good.puback, &bad.puback) || slow(&good.warned, &bad.warned)
}

/// Waits until the page of an installation names that state, and the fault with it.
pub(crate) async fn named(installation: &Installation, state: &str) {
    let says = |told: &Value| told["state"] == state;
    until(&installation.base(), "/api/v1/history", says).await;
}

/// Waits until the history keeps up with what stations send.
async fn recovered(installation: &Installation) {
    let says = |told: &Value| {
        let history = &told["history"];
        let works = matches!(history["state"].as_str(), Some("current" | "catching_up"));
        works && history["failing_since"].is_null() && history["behind"].as_u64() < Some(50)
    };
    for _ in 0..3 {
        until(&installation.base(), "/api/v1/status", says).await;
    }
}

fn told(waits: &Waits) -> String {
    let one = |what: &str, values: &[f64]| {
        let (half, most) = (quantile(values, 0.5), quantile(values, 0.99));
        format!("{what} {:>5} × p50 {half:6.1} p99 {most:6.1} ms", values.len())
    };
    format!("{}  {}", one("PUBACK", &waits.puback), one("warned", &waits.warned))
}

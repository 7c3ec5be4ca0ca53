//! Whatever happens to InfluxDB while stations publish: it is named, stations and warnings do not notice, and
//! afterwards every reading is there once.

use std::time::Duration;

use tests::door::Manner;
use tests::influx::InfluxDb;

use crate::world::World;

const EMPTIED: &str = "quantrac_history_emptied_total";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_influxdb_stations_and_warnings_do_not_notice() {
    let mut world = World::begin(InfluxDb::new()).await;

    world.influx.kill().await;
    world.named("unreachable").await;
    world.lasts(200).await;
    world.influx.start().await.unwrap();
    world.over("killed").await;

    world.influx.signal("STOP");
    world.named("hung").await;
    world.lasts(200).await;
    world.influx.signal("CONT");
    world.over("hung").await;

    misbehaves(&mut world).await;

    assert_eq!(world.count(EMPTIED).await, 1, "only what the door said it had stored was lost");
    world.influx.kill().await;
    world.influx.wipe();
    world.influx.start().await.unwrap();
    world.named("unauthorized").await;
    world.influx.setup().await.unwrap();
    world.over("restarted empty").await;
    assert_eq!(world.count(EMPTIED).await, 2, "a server that lost everything is called that");

    let (_installation, _influx, points) = world.end().await;
    assert!(points > 5_000, "the load was too small to show anything");
}

/// What is between us and the server answers in its place.
async fn misbehaves(world: &mut World) {
    for (manner, state, fault) in [
        (Manner::Says(503, "out of order"), "server_error", "answers 503"),
        (
            Manner::Says(500, "{\"code\":\"internal error\",\"message\":\"no\"}"),
            "server_error",
            "answers 500",
        ),
        (
            Manner::Says(401, "{\"code\":\"unauthorized\",\"message\":\"no\"}"),
            "unauthorized",
            "answers 401",
        ),
        (Manner::Cuts, "unreachable", "hangs up"),
    ] {
        world.door.be(manner);
        world.named(state).await;
        world.lasts(100).await;
        world.door.be(Manner::Open);
        world.over(fault).await;
    }

    world.door.be(Manner::Later(2));
    world.named("too_many").await;
    world.lasts(500).await;
    let pauses = world.door.pauses();
    world.door.be(Manner::Open);
    // Two ask, each by itself: what feeds the readings, and what feeds the hours; each once, and how long to wait.
    let told = Duration::from_secs(2);
    let in_time = pauses.windows(4).all(|four| four.iter().sum::<Duration>() >= told);
    assert!(!pauses.is_empty() && in_time, "it comes back when it was told to: {pauses:?}");
    world.over("answers 429").await;

    // What is believed to be there and is not is found out by the mark, at the next look.
    world.door.be(Manner::Lies);
    world.lasts(100).await;
    world.door.be(Manner::Says(503, "restarts"));
    world.named("server_error").await;
    world.door.be(Manner::Open);
    world.over("lies").await;
}

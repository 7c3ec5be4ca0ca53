//! InfluxDB's disk is full: it is named, nothing else notices, and a new disk is filled from the ledger. (InfluxDB itself
//! does not try again to open a shard that failed to open: it wants to be restarted.)
//!
//! The server runs in a mount namespace of its own, whose data folder is a small file system.

use std::io::Write as _;
use std::path::PathBuf;

use tests::influx::InfluxDb;

use crate::world::World;

/// Mounts a small file system over the data and becomes the server.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=128m,mode=700 none "$1"; shift; exec "$@""#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_influxdb_is_named_and_filled_in_afterwards() {
    let mut influx = InfluxDb::new();
    let wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"];
    influx.wrapper = wrapper.map(str::to_owned).to_vec();
    influx.wrapper.push(influx.data().display().to_string());
    let mut world = World::begin(influx).await;

    fill(&world.influx);
    world.named("full").await;
    world.lasts(200).await;
    world.influx.kill().await;
    world.influx.wrapper.clear();
    world.influx.start().await.unwrap();
    world.influx.setup().await.unwrap();
    world.over("disk full").await;
    world.end().await;
}

/// Takes all the room that is left on the server's disk.
fn fill(influx: &InfluxDb) {
    let inside = format!("/proc/{}/root{}", influx.pid(), influx.data().display());
    let filler = PathBuf::from(inside).join("filler");
    let mut file = std::fs::File::create(filler).unwrap();
    let block = vec![1_u8; 64 * 1_024];
    for size in [block.len(), 4_096, 512, 1] {
        while file.write_all(&block[..size]).is_ok() {}
    }
}

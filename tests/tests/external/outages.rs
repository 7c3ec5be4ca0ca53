//! Who dies: the broker, its store, quantrac, quantrac's disk.

use std::ops::Range;
use std::time::Duration;

use tests::http::{problem, until};
use tests::mosquitto::Mosquitto;
use tests::server::Installation;

use crate::load::Load;
use crate::{ANYBODY, installation, intake, measured, status, until_state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = installation(6, &broker.entry("tinh", ""));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;

    let load = Load::start(broker.address, 0..6);
    for _ in 0..6 {
        load.more(150).await;
        load.kill(&mut broker).await;
        until_state(&installation, "tinh", "unreachable").await;
        broker.start().await.unwrap();
        until_state(&installation, "tinh", "connected").await;
    }
    load.more(100).await;
    load.stop().await.all_stored_once(&installation).await;
    assert_eq!(intake(&status(&installation).await, "tinh")["sessions_forgotten"], 0);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_forgot_the_session_is_told_of_and_subscribed_to_again() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = installation(9, &broker.entry("tinh", ""));
    let mut server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    let load = Load::start(broker.address, 0..3);
    load.more(60).await;
    let before = load.stop().await;
    before.all_stored_once(&installation).await;
    assert_eq!(intake(&status(&installation).await, "tinh")["sessions_forgotten"], 0);

    broker.kill().await;
    broker.forget();
    broker.start().await.unwrap();
    tells_and_goes_on(&broker, &installation, 3..6).await;

    // Also when quantrac was not there meanwhile.
    server.stop().await.unwrap();
    broker.kill().await;
    broker.forget();
    broker.start().await.unwrap();
    server = installation.start().await.unwrap();
    tells_and_goes_on(&broker, &installation, 6..9).await;
    server.stop().await.unwrap();
}

async fn tells_and_goes_on(
    broker: &Mosquitto,
    installation: &Installation,
    stations: Range<usize>,
) {
    until(&installation.base(), "/api/v1/status", |told| {
        let way = intake(told, "tinh");
        way["sessions_forgotten"] == 1
            && way["link"]["state"] == "connected"
            && problem(told, "intake")
    })
    .await;
    let told = measured(installation, "quantrac_external_sessions_forgotten_total").await;
    assert_eq!(told, [("broker=\"tinh\"".to_owned(), 1.0)]);
    let load = Load::start(broker.address, stations);
    load.more(60).await;
    load.stop().await.all_stored_once(installation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quantrac_killed_under_load_finds_at_the_broker_what_it_did_not_commit() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = installation(6, &broker.entry("tinh", ""));
    let mut server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    let load = Load::start(broker.address, 0..6);
    for round in 0..10_u64 {
        load.more(60 + round * 7).await;
        server.kill().await;
        load.more(40).await;
        server = installation.start().await.unwrap();
        until_state(&installation, "tinh", "connected").await;
    }
    let acked = load.stop().await;
    acked.all_stored_once(&installation).await;
    server.stop().await.unwrap();
    replays(&installation);
}

/// Mounts a small file system over the data, keeps what is there, and becomes the server.
const SMALL_DISK: &str = r#"
data=$1; shift
cp -a "$data" "$data.before"
mount -t tmpfs -o size=24m,mode=700 none "$data"
cp -a "$data.before/." "$data/"
exec "$@"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_disk_is_full_messages_wait_at_the_broker() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let mut installation = installation(3, &broker.entry("tinh", ""));
    installation.start().await.unwrap().stop().await.unwrap();
    let data = installation.data().display().to_string();
    let wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"];
    installation.wrapper = wrapper.map(str::to_owned).to_vec();
    installation.wrapper.push(data);
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    let load = Load::start(broker.address, 0..3);
    load.more(60).await;

    let inside = format!("/proc/{}/root{}", server.pid(), installation.data().display());
    let filler = std::path::PathBuf::from(inside).join("filler");
    fill(&filler);
    until_state(&installation, "tinh", "paused").await;
    // Longer than the broker would wait for a ping, so that it is seen whether the connection lives on.
    let used = server.cpu_seconds();
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(server.cpu_seconds() - used < 5.0, "it waits, and is not busy with it");
    load.more(60).await;
    assert_eq!(intake(&status(&installation).await, "tinh")["link"]["state"], "paused");
    std::fs::remove_file(&filler).unwrap();
    until_state(&installation, "tinh", "connected").await;
    let acked = load.stop().await;

    // The ledger lies in the server's own mount: taken out before it is looked at.
    let taken = taken_out(&installation, &server, acked.messages()).await;
    server.stop().await.unwrap();
    acked.all_stored_once(&taken).await;
}

fn fill(path: &std::path::Path) {
    let mut file = std::fs::File::create(path).unwrap();
    let block = vec![1_u8; 64 * 1_024];
    for size in [block.len(), 4_096, 512, 1] {
        while std::io::Write::write_all(&mut file, &block[..size]).is_ok() {}
    }
}

/// Waits until so many messages are committed, then copies the ledger out of the mount.
async fn taken_out(
    installation: &Installation,
    server: &tests::server::Server,
    messages: i64,
) -> Installation {
    until(&installation.base(), "/api/v1/status", |told| {
        intake(told, "tinh")["committed"].as_i64().unwrap() >= messages
    })
    .await;
    let copy = Installation::new();
    std::fs::create_dir_all(copy.data()).unwrap();
    let inside = format!("/proc/{}/root{}", server.pid(), installation.data().display());
    for name in ["quantrac.db", "quantrac.db-wal"] {
        let from = std::path::Path::new(&inside).join(name);
        std::fs::copy(from, copy.data().join(name)).unwrap();
    }
    copy
}

fn replays(installation: &Installation) {
    let (from, to) = (installation.ledger(), installation.folder.path().join("again.db"));
    let (from, to) = (from.display().to_string(), to.display().to_string());
    println!("{}", installation.run(&["replay", "--from", &from, "--to", &to]).unwrap());
}

//! Doors that do not open: certificates, passwords, rights. Each is named, and opens when it is put right.

use std::path::Path;
use std::process::Command;

use tests::http::until;
use tests::mosquitto::Mosquitto;
use tests::server::SECRET;

use crate::load::Load;
use crate::{ANYBODY, installation, until_state};

/// Authorities, and certificates of the broker and of ours from each.
const CERTIFICATES: &str = r#"
set -e
for ca in ours other; do
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$ca" -keyout $ca.key -out $ca.pem
done
for who in broker client; do
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$who" -keyout $who.key -out $who.csr
  printf 'subjectAltName=IP:127.0.0.1\n' > ext
  openssl x509 -req -in $who.csr -CA ours.pem -CAkey ours.key -CAcreateserial -days 2 -extfile ext -out $who.pem
done
chmod a+r *.key
"#;

fn certificates(folder: &Path) {
    let made = Command::new("sh").arg("-c").arg(CERTIFICATES).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_a_stranger_is_refused_by_either_side() {
    let mut broker = Mosquitto::new("");
    let home = broker.folder.path().to_owned();
    certificates(&home);
    let file = |name: &str| home.join(name).display().to_string();
    broker.configure(&format!(
        "{ANYBODY}\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true",
        file("ours.pem"),
        file("broker.pem"),
        file("broker.key")
    ));
    broker.start().await.unwrap();
    let tls = |ca: &str, own: &str| {
        broker.entry("tinh", &format!("tls = {{ ca = \"{}\"{own} }}", file(ca)))
    };
    let own = format!(", cert = \"{}\", key = \"{}\"", file("client.pem"), file("client.key"));

    let mut installation = installation(1, &tls("other.pem", &own));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "bad_certificate").await;
    server.stop().await.unwrap();

    // The broker is believed, but does not believe us.
    installation.set(&tls("ours.pem", ""));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "bad_certificate").await;
    server.stop().await.unwrap();

    installation.set(&tls("ours.pem", &own));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_and_a_right_one_taken_without_restart() {
    let mut broker = Mosquitto::new("");
    let passwords = broker.folder.path().join("passwords");
    for (user, password) in [("quantrac", "right"), ("t0000", SECRET)] {
        let create: &[&str] = if passwords.exists() { &["-b"] } else { &["-c", "-b"] };
        let made = Command::new("mosquitto_passwd")
            .args(create)
            .args([&passwords.display().to_string(), user, password])
            .status();
        assert!(made.expect("mosquitto_passwd is part of mosquitto").success());
    }
    let rights = broker.folder.path().join("rights");
    // As the README tells: a station writes its own topics, we read all of them and write results.
    let acl = "pattern write quantrac/v1/%u/telemetry\npattern write quantrac/v1/%u/status\n\
               user quantrac\ntopic read quantrac/v1/+/telemetry\ntopic read quantrac/v1/+/status\n\
               topic write quantrac/out/#\n";
    std::fs::write(&rights, acl).unwrap();
    broker.configure(&format!(
        "allow_anonymous false\npassword_file {}\nacl_file {}",
        passwords.display(),
        rights.display()
    ));
    broker.start().await.unwrap();
    let account = "user = \"quantrac\"\npassword_secret = \"tinh\"\npublish = \"quantrac/out\"";
    let installation = installation(1, &broker.entry("tinh", account));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "not_authorised").await;
    installation.give_secret("tinh", "wrong");
    until_state(&installation, "tinh", "not_authorised").await;
    installation.give_secret("tinh", "right\n");
    until_state(&installation, "tinh", "connected").await;
    let load = Load::start(broker.address, 0..1);
    load.more(20).await;
    load.stop().await.all_stored_once(&installation).await;
    until(&installation.base(), "/api/v1/status", |told| {
        let way = &told["external"][0]["bridge"];
        way["published"].as_u64() >= Some(20) && way["behind"] == 0
    })
    .await;
    assert!(!broker.log().contains("Denied"), "{}", broker.log());
    assert!(!installation.log().contains("wrong\""), "no secret is in the log");
    server.stop().await.unwrap();
}

/// Rights of Mosquitto's plugin for dynamic security, the one of its parts that refuses a subscription aloud.
fn dynamic_rights(subscribe: bool) -> String {
    format!(
        r#"{{"defaultACLAccess":{{"publishClientSend":true,"publishClientReceive":true,"subscribe":{subscribe},
        "unsubscribe":true}},"clients":[],"groups":[{{"groupname":"all","roles":[]}}],"roles":[],
        "anonymousGroup":"all"}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_subscription_is_told_and_asked_for_again() {
    let mut broker = Mosquitto::new("");
    let rights = broker.folder.path().join("rights.json");
    std::fs::write(&rights, dynamic_rights(false)).unwrap();
    let plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so";
    broker.configure(&format!(
        "{ANYBODY}\nplugin {plugin}\nplugin_opt_config_file {}",
        rights.display()
    ));
    broker.start().await.unwrap();
    let installation = installation(1, &broker.entry("tinh", ""));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "subscription_refused").await;
    broker.kill().await;
    std::fs::write(&rights, dynamic_rights(true)).unwrap();
    broker.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    server.stop().await.unwrap();
}

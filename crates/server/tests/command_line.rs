//! The binary as a person meets it: what it says, and how it ends.

use std::path::Path;
use std::process::{Command, Output};

fn quantrac(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quantrac"))
        .args(args)
        .current_dir(folder)
        .env_remove("QUANTRAC_LOG")
        .output()
        .expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn shipped() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/binh-dinh").to_owned()
}

fn copy_of_shipped(folder: &Path) {
    std::fs::create_dir(folder.join("pack")).expect("created");
    for entry in std::fs::read_dir(shipped()).expect("the shipped pack") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        std::fs::copy(&path, folder.join("pack").join(name)).expect("copied");
    }
}

/// A ledger without a server: what `serve` would have made.
fn ledger(folder: &Path) {
    std::fs::create_dir(folder.join("var")).expect("created");
    let path = folder.join("var/quantrac.db");
    store::People::open(&path, domain::Realm::Actual).expect("a ledger");
}

#[test]
fn the_shipped_pack_is_good() {
    let output = quantrac(Path::new("/"), &["check-config", &shipped()]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("is good: binh-dinh: "), "{}", out(&output));
}

#[test]
fn faults_in_two_files_are_told_together() {
    let home = tempfile::tempdir().expect("a folder");
    copy_of_shipped(home.path());
    let break_it = |name: &str, from: &str, to: &str| {
        let path = home.path().join("pack").join(name);
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replacen(from, to, 1)).expect("written");
    };
    break_it("basins.toml", "quorum = ", "quorum = \"most\" #");
    break_it("stations.toml", "interval = \"10min\"", "intervall = \"10min\"");
    let output = quantrac(home.path(), &["check-config", "pack"]);
    assert_eq!(output.status.code(), Some(1));
    let told = out(&output);
    assert!(told.contains("basins.toml") && told.contains("most"), "{told}");
    assert!(told.contains("stations.toml") && told.contains("intervall"), "{told}");
}

#[test]
fn a_pack_that_is_not_there_and_one_that_is_broken_do_not_start() {
    let home = tempfile::tempdir().expect("a folder");
    let addresses = ["--mqtt", "127.0.0.1:0", "--web", "127.0.0.1:0"];
    let serve = |config| {
        let args = [["serve", "--config", config].as_slice(), &addresses].concat();
        quantrac(home.path(), &args)
    };
    let absent = serve("absent");
    assert_eq!(absent.status.code(), Some(1));
    assert!(err(&absent).contains("cannot read the configuration folder 'absent'"));
    std::fs::create_dir(home.path().join("broken")).expect("created");
    std::fs::write(home.path().join("broken/pack.toml"), "name = 1").expect("written");
    let broken = serve("broken");
    assert_eq!(broken.status.code(), Some(1));
    assert!(err(&broken).contains("pack.toml"), "{}", err(&broken));
}

#[test]
fn an_address_in_use_is_named_with_what_to_do() {
    let home = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for (option, other) in [("--web", "--mqtt"), ("--mqtt", "--web")] {
        let config = shipped();
        let args = ["serve", "--config", &config, option, &address, other, "127.0.0.1:0"];
        let output = quantrac(home.path(), &args);
        assert_eq!(output.status.code(), Some(1));
        let told = err(&output);
        assert!(told.contains(&address) && told.contains("choose another"), "{told}");
    }
}

#[test]
fn a_user_is_added_listed_and_disabled_and_the_password_is_shown_once() {
    let home = tempfile::tempdir().expect("a folder");
    ledger(home.path());
    let add = ["user", "add", "trucban", "--role", "duty-officer", "--full-name", "Trực ban"];
    let added = quantrac(home.path(), &add);
    assert!(added.status.success(), "{}", err(&added));
    let line = out(&added);
    let password = line.split_whitespace().nth(2).expect("a password").to_owned();
    assert!(password.len() >= 16, "{line}");
    let again = quantrac(home.path(), &add);
    assert!(again.status.success() && !out(&again).contains("password"), "{}", out(&again));
    assert!(quantrac(home.path(), &["user", "disable", "trucban"]).status.success());
    let listed = out(&quantrac(home.path(), &["user", "list"]));
    assert!(listed.contains("trucban") && listed.contains("duty-officer"), "{listed}");
    assert!(listed.contains("disabled") && !listed.contains(&password), "{listed}");
    let refused = quantrac(home.path(), &add);
    assert!(err(&refused).contains("'trucban' is disabled"), "{}", err(&refused));
    let listed = out(&quantrac(home.path(), &["user", "list"]));
    assert!(listed.contains("disabled"), "the old password must not be worth anything: {listed}");
    let nobody = quantrac(home.path(), &["user", "password", "nobody"]);
    assert!(err(&nobody).contains("there is no user 'nobody'"));
}

#[test]
fn a_station_gets_a_secret_of_which_only_a_hash_is_kept_until_it_is_revoked() {
    let home = tempfile::tempdir().expect("a folder");
    ledger(home.path());
    let added = out(&quantrac(home.path(), &["station", "add", "thanh-hoa"]));
    let secret = added.split_whitespace().nth(1).expect("a secret").to_owned();
    let stored = || {
        let reader = store::Reader::open(&home.path().join("var/quantrac.db")).expect("a reader");
        let station = "thanh-hoa".parse().expect("a name");
        reader.credential(&station).expect("read").expect("a credential")
    };
    assert!(store::verify_secret(&secret, &stored()) && !stored().contains(&secret));
    let reserved = quantrac(home.path(), &["station", "add", "warning"]);
    assert!(err(&reserved).contains("'warning' is reserved"), "{}", err(&reserved));
    let receiver = out(&quantrac(home.path(), &["station", "add", "--receiver", "loa"]));
    assert!(receiver.starts_with("receiver-loa "), "{receiver}");
    assert!(quantrac(home.path(), &["station", "revoke", "thanh-hoa"]).status.success());
    assert!(!store::verify_secret(&secret, &stored()));
    let listed = out(&quantrac(home.path(), &["station", "list"]));
    assert!(listed.contains("revoked") && listed.contains("receiver-loa"), "{listed}");
}

#[test]
fn without_a_ledger_the_commands_say_how_to_get_one() {
    let home = tempfile::tempdir().expect("a folder");
    let commands = [
        ["user", "list"],
        ["station", "list"],
        ["journal", "look"],
        ["export", "--utc"],
        ["report", "rain"],
    ];
    for args in commands {
        let output = quantrac(home.path(), &args);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains("quantrac serve"), "{}", err(&output));
    }
}

#[test]
fn a_simulation_is_planned_the_same_twice_from_one_seed() {
    let home = tempfile::tempdir().expect("a folder");
    let rows = (0..50).map(|n| format!("2016-07-05 {:02}:{:02},{n}\n", n / 6, n % 6 * 10));
    let table = format!("time,wl\n{}", rows.collect::<String>());
    std::fs::write(home.path().join("flood.csv"), table).expect("written");
    let plan = |seed: &str| {
        let args = [
            "simulate",
            "--plan-only",
            "--csv",
            "flood.csv",
            "--map",
            "wl=thanh-hoa:water_level:cm",
            "--loss",
            "0.2",
            "--duplicate",
            "0.2",
            "--reorder",
            "0.2",
            "--late",
            "0.1:1h",
            "--clock-error",
            "thanh-hoa=+2h",
            "--shift-to",
            "2025-11-17T00:00:00+07:00",
            "--seed",
            seed,
        ];
        let output = quantrac(home.path(), &args);
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    assert_eq!(plan("7"), plan("7"));
    assert_ne!(plan("7"), plan("8"));
    assert!(plan("7").contains(r#""unit":"cm""#));
}

//! Mail through a real server (aiosmtpd), read by Python's mail parser.

use std::process::Stdio;

use delivery::{MailConfig, Security};
use domain::{Notice, Realm, Span};
use serde::Deserialize;
use store::NoticeState::{Dead, Sending, Sent, Waiting};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::memory::{Memory, PostOffice, RECEIPT_KEY, config, people};
use crate::samples::{contact, draft, email, message, notice, of_realm};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/delivery/support/smtp_server.py");

struct Server {
    port: u16,
    mails: Lines<BufReader<ChildStdout>>,
    _process: Child,
    _held_open: ChildStdin,
}

#[derive(Debug, Deserialize)]
struct Seen {
    envelope_to: Vec<String>,
    to: String,
    name: String,
    subject: String,
    message_id: String,
    id: String,
    r#type: String,
    text: String,
    html: String,
    defects: Vec<String>,
}

impl Server {
    /// Debian's `python3-aiosmtpd` belongs to Debian's Python, whichever one comes first in the path.
    async fn start() -> Self {
        let mut process = Command::new("/usr/bin/python3")
            .arg(SERVER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the mail tests need Python: apt-get install python3-aiosmtpd");
        let mut mails = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = mails.next_line().await.unwrap();
        let port = port.expect("the mail tests need aiosmtpd: apt-get install python3-aiosmtpd");
        let held_open = process.stdin.take().unwrap();
        let port = port.parse().unwrap();
        Self { port, mails, _process: process, _held_open: held_open }
    }

    async fn next(&mut self) -> Seen {
        let line = self.mails.next_line().await.unwrap().expect("a mail");
        serde_json::from_str(&line).expect("the server's JSON")
    }

    fn config(&self) -> delivery::DeliveryConfig {
        let mail = MailConfig {
            host: "127.0.0.1".to_owned(),
            port: Some(self.port),
            security: Security::None,
            user: None,
            password_secret: None,
            from: "Trực ban Bình Định <canh-bao@example.vn>".to_owned(),
            timeout: Span::minutes(1),
        };
        delivery::DeliveryConfig { mail: Some(mail), ..config() }
    }
}

fn to(address: &str) -> Notice {
    let name = address.split('@').next().expect("a name");
    notice(message(1), name, email(address))
}

#[tokio::test]
async fn a_mail_says_in_vietnamese_what_to_do_and_how_to_confirm() {
    let mut server = Server::start().await;
    let planned = to("chair@example.vn");
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, server.config());
    memory.until_state(&planned.id, Sent).await;

    let mail = server.next().await;
    assert_eq!(mail.defects, [""; 0]);
    assert_eq!(mail.r#type, "multipart/alternative");
    assert_eq!((mail.to.as_str(), mail.envelope_to.len()), ("chair@example.vn", 1));
    assert_eq!(mail.name, "Trực ban Ban Chỉ huy");
    assert_eq!(mail.subject, "Lũ khẩn cấp trên sông Kôn: trên BĐ3");
    assert_eq!(mail.id, planned.id);
    assert_eq!(
        mail.message_id,
        format!("<{}.{}.actual@example.vn>", planned.id, planned.planned_at.millis())
    );
    let token = store::receipt::receipt_token(RECEIPT_KEY, &planned.id);
    let link = format!("https://canh-bao.example/r/{}/{token}", planned.id);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("8,21 m lúc 03:00"), "{part}");
        assert!(part.contains("Xã Tuy Phước"), "{part}");
        assert!(part.contains(&link), "{part}");
    }
    assert!(mail.text.contains("<ngay> & theo"), "{}", mail.text);
    assert!(mail.html.contains("&lt;ngay&gt; &amp; theo"), "{}", mail.html);
}

#[tokio::test]
async fn exercises_and_tests_say_so_in_subject_and_in_every_part() {
    let check = async |realm, prefix: &str, line: &str, language: &str| {
        let mut server = Server::start().await;
        let player = contact(&[email("player@example.vn")]);
        let mut planned = notice(of_realm(realm), "player", email("player@example.vn"));
        planned.language = language.to_owned();
        let memory = Memory::with([planned.clone()]);
        let people = people(&[], &[("player", player)]);
        let _office = PostOffice::with_people(&memory, server.config(), people);
        memory.until_state(&planned.id, Sent).await;
        let mail = server.next().await;
        assert!(mail.subject.starts_with(prefix), "{}", mail.subject);
        assert_eq!(mail.subject.matches(prefix).count(), 1, "{}", mail.subject);
        assert!(mail.text.contains(line) && mail.html.contains(line), "{}", mail.text);
    };
    check(Realm::Exercise, "[DIỄN TẬP] ", "ĐÂY LÀ DIỄN TẬP", "vi").await;
    check(Realm::Test, "[THỬ NGHIỆM] ", "ĐÂY LÀ TIN THỬ NGHIỆM", "vi").await;
    check(Realm::Exercise, "[EXERCISE] ", "THIS IS AN EXERCISE", "en").await;
}

#[tokio::test]
async fn a_duty_officer_is_told_that_a_draft_waits_and_where() {
    let mut server = Server::start().await;
    let planned = draft(message(1), "duty", email("duty@example.vn"));
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, server.config());
    let mail = server.next().await;
    assert!(mail.subject.starts_with("Chờ duyệt: Lũ khẩn cấp"), "{}", mail.subject);
    let page = "https://canh-bao.example/#/canh-bao/song-kon-20251119t0300";
    assert!(mail.text.contains(page) && mail.html.contains(page), "{}", mail.text);
    assert!(mail.text.contains("CHƯA được phát đi"), "{}", mail.text);
}

/// The server took the mail, and the process died before it could write that down.
#[tokio::test]
async fn after_a_crash_only_the_mail_in_flight_comes_again_under_the_same_id() {
    let mut server = Server::start().await;
    let (done, in_flight) = (to("first@example.vn"), to("second@example.vn"));
    let memory = Memory::with([done.clone()]);
    let office = PostOffice::open(&memory, server.config());
    memory.until_state(&done.id, Sent).await;
    server.next().await;
    *memory.refused.lock().unwrap() = Some(Sent);
    memory.plan([in_flight.clone()]);
    office.wake();
    let before = server.next().await;
    memory.until(|_| *memory.refusals.lock().unwrap() > 0).await;
    drop(office);

    memory.after_a_crash();
    *memory.refused.lock().unwrap() = None;
    let _office = PostOffice::open(&memory, server.config());
    memory.until_state(&in_flight.id, Sent).await;
    let again = server.next().await;
    assert_eq!(again.to, "second@example.vn");
    assert_eq!(again.message_id, before.message_id);
    assert_eq!(memory.record(&in_flight.id).attempts, 2);
    assert_eq!(memory.record(&done.id).attempts, 1);
}

#[tokio::test]
async fn one_bad_mailbox_delays_no_other() {
    let mut server = Server::start().await;
    let planned: Vec<Notice> =
        ["silent@example.vn", "nobody@example.vn", "later@example.vn", "chair@example.vn"]
            .map(to)
            .into();
    let memory = Memory::with(planned.clone());
    let mut config = server.config();
    config.parallel = 2;
    let _office = PostOffice::open(&memory, config);
    memory.until_state(&planned[3].id, Sent).await;
    assert_eq!(server.next().await.to, "chair@example.vn");
    memory.until_state(&planned[1].id, Dead).await;
    let refused = memory.record(&planned[1].id).history.pop().expect("a line").detail;
    assert!(refused.contains("no such mailbox"), "{refused}");
    memory.until(|all| all[2].attempts >= 3).await;
    assert_eq!(memory.record(&planned[0].id).state, Sending, "it still hangs");
}

#[tokio::test]
async fn a_server_without_encryption_gets_no_mail_when_encryption_is_asked_for() {
    let server = Server::start().await;
    let planned = to("chair@example.vn");
    let memory = Memory::with([planned.clone()]);
    let mut config = server.config();
    config.mail.as_mut().expect("mail").security = Security::Starttls;
    let _office = PostOffice::open(&memory, config);
    memory.until(|all| all[0].state == Waiting && all[0].attempts > 1).await;
    let reason = memory.record(&planned.id).history[1].detail.clone();
    assert!(reason.contains("STARTTLS"), "{reason}");
}

#[tokio::test]
async fn without_a_mail_server_mail_waits_and_says_why() {
    let planned = to("chair@example.vn");
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until(|all| all[0].attempts > 1).await;
    assert!(memory.record(&planned.id).history[1].detail.contains("no mail server is configured"));
}

#[tokio::test]
async fn without_a_server_mails_are_files_named_for_their_notice() {
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("mails");
    let planned = notice(message(1), "chair", email("chi-huy@example.vn"));
    let memory = Memory::with([planned.clone()]);
    let config =
        delivery::DeliveryConfig { mail: None, mail_folder: Some(mails.clone()), ..config() };
    let office = PostOffice::open(&memory, config);
    memory.until_state(&planned.id, Sent).await;
    office.stop().await;
    let text = std::fs::read_to_string(mails.join(format!("{}.eml", planned.id))).unwrap();
    assert!(text.contains("chi-huy@example.vn") && text.contains(&planned.id), "{text}");
}

#[test]
fn a_server_beside_a_folder_is_a_fault() {
    let mail = MailConfig {
        host: "mail.example.vn".to_owned(),
        port: None,
        security: Security::Starttls,
        user: None,
        password_secret: None,
        from: "a@example.vn".to_owned(),
        timeout: Span::seconds(30),
    };
    let both = delivery::DeliveryConfig {
        mail: Some(mail),
        mail_folder: Some("mails".into()),
        ..delivery::DeliveryConfig::default()
    };
    assert_eq!(both.faults()[0].0, "mail_folder");
}

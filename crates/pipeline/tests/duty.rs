//! The duty desk: whose shift it is, who looks after which draft, and that a restart and a replay know it too.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack, stage, t};
use domain::duty::{DeskPicture, DutyDesk, DutyEntry, DutyError, DutyRecord, Officer, Reached};
use domain::{ArrivalBody, Command, CommandError, Outcome, Processor, WarningId};
use proptest::prelude::*;

fn officer(user: &str) -> Officer {
    Officer { user: user.to_owned(), name: format!("Trực ban ({user})") }
}

/// What somebody does, and the desk afterwards.
struct Desk {
    world: World,
    minute: i64,
    desk: DutyDesk,
}

impl Desk {
    fn new() -> Self {
        Self { world: World::actual(), minute: 0, desk: DutyDesk::default() }
    }

    /// With a draft that waits.
    fn warned() -> (Self, WarningId) {
        let mut desk = Self::new();
        for minute in 0..20 {
            desk.world.send(t(minute), "tren", &stage(minute, 5.0 + minute as f64 / 10.0));
        }
        desk.minute = 20;
        let id = desk.world.warnings("song")[0].id.clone();
        (desk, id)
    }

    fn take(&mut self, body: ArrivalBody) -> Outcome {
        self.minute += 1;
        let out = self.world.take(t(self.minute), body).clone();
        self.desk = out.duty_desk.clone().unwrap_or_else(|| self.desk.clone());
        out
    }

    fn act(&mut self, user: &str, entry: DutyEntry) -> Result<Option<DutyRecord>, CommandError> {
        let out = self.take(ArrivalBody::Duty { user: officer(user), entry });
        out.command.unwrap().map(|()| out.duty)
    }

    fn error(&mut self, user: &str, entry: DutyEntry) -> DutyError {
        let before = self.desk.clone();
        let Err(CommandError::Duty(error)) = self.act(user, entry) else { panic!("it was done") };
        assert_eq!(self.desk, before, "a refusal changes nothing");
        error
    }

    fn on_duty(&self) -> Option<&str> {
        self.desk.shift.as_ref().map(|shift| shift.officer.user.as_str())
    }

    fn offered(&self) -> Option<u64> {
        self.desk.handover.as_ref().map(|handover| handover.seq)
    }
}

fn take_over(handover: Option<u64>) -> DutyEntry {
    DutyEntry::TakeOver { handover, remark: None }
}

fn hand_over(to: Option<&str>) -> DutyEntry {
    let (to, remark) = (to.map(officer), Some("nước đang lên".to_owned()));
    DutyEntry::HandOver { to, remark, picture: Box::<DeskPicture>::default() }
}

#[test]
fn a_shift_goes_on_until_the_next_one_accepts_what_was_handed_over() {
    let mut desk = Desk::new();
    let first = desk.act("lan", take_over(None)).unwrap().unwrap();
    assert_eq!((first.name(), first.unannounced, first.before), ("take_over", false, None));
    desk.act("lan", hand_over(Some("minh"))).unwrap();
    assert_eq!(desk.on_duty(), Some("lan"), "she stays until he is there");
    let (since, offered) = (t(desk.minute + 1), desk.offered());
    let second = desk.act("minh", take_over(offered)).unwrap().unwrap();
    assert_eq!((second.unannounced, second.before), (false, Some(officer("lan"))));
    let shift = desk.desk.shift.clone().unwrap();
    assert_eq!((shift.officer, shift.since, desk.offered()), (officer("minh"), since, None));
}

#[test]
fn who_takes_over_without_a_handover_may_but_it_is_marked() {
    let mut desk = Desk::new();
    desk.act("lan", take_over(None)).unwrap();
    let record = desk.act("minh", take_over(None)).unwrap().unwrap();
    assert_eq!((record.unannounced, record.before), (true, Some(officer("lan"))));
    assert!(desk.desk.shift.as_ref().unwrap().unannounced);
}

#[test]
fn nobody_hands_over_what_is_not_theirs_unless_nobody_is_there() {
    let mut desk = Desk::new();
    desk.act("minh", hand_over(None)).unwrap();
    let offered = desk.offered();
    let record = desk.act("lan", take_over(offered)).unwrap().unwrap();
    assert_eq!((record.unannounced, record.before), (false, Some(officer("minh"))));
    let error = desk.error("minh", hand_over(None));
    assert_eq!(error, DutyError::NotYourShift("Trực ban (lan)".to_owned()));
    assert_eq!(desk.error("lan", take_over(None)), DutyError::OnDutyAlready);
}

#[test]
fn nobody_accepts_a_handover_that_they_have_not_seen() {
    let mut desk = Desk::new();
    desk.act("lan", take_over(None)).unwrap();
    desk.act("lan", hand_over(None)).unwrap();
    let old = desk.offered();
    desk.act("lan", hand_over(None)).unwrap();
    assert_eq!(desk.error("minh", take_over(old)), DutyError::HandoverChanged);
    assert_eq!(desk.error("minh", take_over(None)), DutyError::HandoverChanged);
    let now = desk.offered();
    let record = desk.act("lan", take_over(now)).unwrap().unwrap();
    assert_eq!(record.name(), "take_back");
    assert_eq!((desk.on_duty(), desk.offered()), (Some("lan"), None));
    assert_eq!(desk.desk.shift.as_ref().unwrap().since, t(1), "her shift goes on as it was");
}

#[test]
fn a_draft_is_looked_after_by_one_person_until_it_is_decided() {
    let (mut desk, id) = Desk::warned();
    let take = |id: &WarningId| DutyEntry::Take { warning: id.clone() };
    assert!(desk.act("lan", take(&id)).unwrap().unwrap().before.is_none());
    assert_eq!(desk.act("lan", take(&id)).unwrap(), None, "nothing new");
    let record = desk.act("minh", take(&id)).unwrap().unwrap();
    assert_eq!(record.before, Some(officer("lan")));
    assert_eq!(desk.desk.claims.len(), 1);
    let draft = desk.world.warnings("song")[0].draft.as_ref().unwrap().number;
    let (warning, reason) = (id.clone(), "sai".to_owned());
    let command = Command::Reject { warning, draft, reason };
    let out = desk.take(ArrivalBody::Command { user: "lan".to_owned(), command });
    assert_eq!(out.duty_desk.unwrap().claims, []);
    assert_eq!(desk.error("lan", take(&id)), DutyError::NothingWaits(id.clone()));
    let unknown: WarningId = "song-1".parse().unwrap();
    let no_such = desk.act("lan", take(&unknown));
    assert_eq!(no_such, Err(CommandError::NoSuchWarning(unknown)));
}

#[test]
fn who_goes_home_looks_after_nothing_any_more() {
    let (mut desk, id) = Desk::warned();
    desk.act("lan", take_over(None)).unwrap();
    desk.act("lan", DutyEntry::Take { warning: id.clone() }).unwrap();
    desk.act("lan", hand_over(None)).unwrap();
    let offered = desk.offered();
    desk.act("minh", take_over(offered)).unwrap();
    assert_eq!(desk.desk.claims, []);
}

#[test]
fn calls_and_notes_are_about_things_that_are_there() {
    let (mut desk, id) = Desk::warned();
    let call = |recipient: &str, warning: &WarningId| DutyEntry::Call {
        warning: warning.clone(),
        recipient: recipient.parse().unwrap(),
        reached: Reached::NoAnswer,
        remark: None,
    };
    assert_eq!(desk.act("lan", call("ban-chi-huy", &id)).unwrap().unwrap().name(), "call");
    let error = desk.error("lan", call("ai-do", &id));
    assert_eq!(error, DutyError::NoSuchRecipient("ai-do".parse().unwrap()));
    let note = |text: &str| DutyEntry::Note { text: text.to_owned(), warning: None };
    assert_eq!(desk.error("lan", note(" \n ")), DutyError::Empty);
    assert!(desk.act("lan", note("kiểm tra trạm")).unwrap().is_some());
}

fn acts() -> impl Strategy<Value = (usize, usize)> {
    (0..3_usize, 0..7_usize)
}

/// Carries on with what the desk shows, as people would.
fn anything(desk: &Desk, what: usize, id: &WarningId) -> ArrivalBody {
    let entry = match what {
        0 => take_over(desk.offered()),
        1 => take_over(None),
        2 => hand_over(None),
        3 => DutyEntry::Take { warning: id.clone() },
        4 => DutyEntry::Note { text: "x".to_owned(), warning: Some(id.clone()) },
        5 => {
            let draft = desk.world.warnings("song").last().unwrap().draft.clone();
            let (draft, text, remark) = (draft.map_or(0, |draft| draft.number), None, None);
            let command = Command::Confirm { warning: id.clone(), draft, text, remark };
            return ArrivalBody::Command { user: "lan".to_owned(), command };
        }
        _ => return ArrivalBody::Tick,
    };
    ArrivalBody::Duty { user: officer("ai"), entry }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// The same acts with and without restarts in between, and once more from the beginning.
    #[test]
    fn a_restart_and_a_replay_lead_to_the_same_desk(
        list in prop::collection::vec((acts(), any::<bool>()), 1..25),
    ) {
        let (mut straight, id) = Desk::warned();
        let (mut broken, _) = Desk::warned();
        let mut journal = Vec::new();
        for ((who, what), restart) in list {
            if restart {
                broken.world.restart();
            }
            let mut body = anything(&straight, what, &id);
            if let ArrivalBody::Duty { user, .. } = &mut body {
                *user = officer(["lan", "minh", "hoa"][who]);
            }
            let (one, other) = (straight.take(body.clone()), broken.take(body.clone()));
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(&straight.desk, &broken.desk);
            journal.push((body, one));
        }
        prop_assert_eq!(straight.world.pipeline.checkpoint(), broken.world.pipeline.checkpoint());
        let (mut again, _) = Desk::warned();
        for (body, out) in journal {
            prop_assert_eq!(again.take(body), out);
        }
    }
}

#[test]
fn telephones_are_checked_with_everything_else() {
    let check = |line: &str, fine: bool| {
        let mut files = pack();
        let more = format!(
            "\n[[actual]]\nid = \"p\"\nname = \"P\"\nrole = \"committee\"\n{line}\nchannels = [{{ kind = \"cap\" }}]\n"
        );
        files.get_mut("recipients.toml").unwrap().push_str(&more);
        assert_eq!(pack::Pack::parse(&files).is_ok(), fine, "{line}");
    };
    for good in ["+84 000 000 001", "+84000000001", "0000.000.001", "0000-0000-001"] {
        check(&format!("phone = \"{good}\""), true);
    }
    for bad in ["113", "+1 000 000 0001", "84000000001", "0000 000 001 x", "00000000", "+84 ", ""] {
        check(&format!("phone = \"{bad}\""), false);
    }
    check("phone_note = \"gọi ban ngày\"", false);
    check("call_from_level = 2", false);
    check("phone = \"0000000001\"\ncall_from_level = 2\nphone_note = \"gọi ban ngày\"", true);
}

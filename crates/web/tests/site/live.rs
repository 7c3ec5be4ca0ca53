//! The live stream.

use std::time::Duration;

use domain::{Outcome, QcFlag, Span};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::Site;
use crate::samples::{alarm, at, issued, reading, readings, set_aside, two_series, warning};

/// One event as a browser gets it.
#[derive(Debug, Clone)]
struct Event {
    name: String,
    data: Value,
    id: Option<u64>,
}

struct Stream {
    answer: Response,
    text: String,
    last_id: Option<u64>,
}

impl Stream {
    async fn open(site: &Site, resume: Option<u64>) -> Self {
        Self::open_as(site, "", resume).await
    }

    async fn open_as(site: &Site, cookie: &str, resume: Option<u64>) -> Self {
        let mut request = site.client.get(site.url("/api/v1/live")).header("cookie", cookie);
        if let Some(seq) = resume {
            request = request.header("last-event-id", seq.to_string());
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new(), last_id: None }
    }

    /// The next event; `None` when the stream ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                if let Some(event) = event {
                    self.last_id = event.id.or(self.last_id);
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.answer.chunk());
            let chunk = chunk.await.expect("an event within ten seconds").ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event of that name.
    async fn until(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name {
                return event;
            }
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let field =
        |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some(Event {
        name: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
        id: field("id").map(|id| id.parse().unwrap()),
    })
}

fn stage(minute: i64, value: f64) -> Outcome {
    readings([reading(0, at("01:00") + Span::minutes(minute), value, QcFlag::Good)])
}

#[tokio::test]
async fn what_is_committed_is_told_at_once_under_one_id() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let mut stream = Stream::open(&site, None).await;
    stream.until("ping").await;
    let seq = site
        .happens(&Outcome {
            warnings: vec![issued("song-kon-1")],
            alarms: vec![alarm("stage")],
            set_aside: vec![set_aside("/0"), set_aside("/1")],
            ..stage(0, 8.21)
        })
        .await;
    assert_eq!(stream.until("warnings").await.data["items"][0]["id"], "song-kon-1");
    assert_eq!(stream.until("alarms").await.data["items"][0]["rule"], "stage");
    assert_eq!(stream.until("set_aside").await.data["count"], 2);
    let event = stream.until("readings").await;
    assert_eq!(event.id, Some(seq));
    assert_eq!(event.data["items"][0]["value"], 8.21);
    assert_eq!(event.data["items"][0]["unit"], "m");
}

#[tokio::test]
async fn a_burst_becomes_a_few_frames_with_the_newest_values() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let mut stream = Stream::open(&site, None).await;
    stream.until("ping").await;
    let mut last = 0;
    for n in 0..200 {
        last = site.happens(&stage(n, n as f64)).await;
    }
    let mut frames = 0;
    loop {
        let event = stream.until("readings").await;
        frames += 1;
        if event.id == Some(last) {
            assert_eq!(event.data["items"][0]["value"], 199.0);
            break;
        }
    }
    assert!(frames < 100, "{frames} frames for 200 messages");
}

#[tokio::test]
async fn a_client_that_was_away_gets_exactly_what_it_missed() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let mut stream = Stream::open(&site, None).await;
    stream.until("ping").await;
    site.happens(&stage(0, 1.0)).await;
    let seen = stream.until("readings").await.id.unwrap();
    let mut other = Stream::open(&site, None).await;
    other.until("ping").await;
    drop(stream);
    let missed = site.happens(&Outcome { alarms: vec![alarm("stage")], ..stage(1, 2.0) }).await;
    other.until("readings").await;
    let mut back = Stream::open(&site, Some(seen)).await;
    let first = back.next().await.unwrap();
    assert_eq!((first.name.as_str(), first.id), ("alarms", None));
    let second = back.next().await.unwrap();
    assert_eq!((second.name.as_str(), second.id), ("readings", Some(missed)));
    assert_eq!(second.data["items"][0]["value"], 2.0);
    site.happens(&stage(2, 3.0)).await;
    assert_eq!(back.until("readings").await.data["items"][0]["value"], 3.0);
}

#[tokio::test]
async fn who_comes_from_elsewhere_must_read_everything_anew() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    for resume in [0, 999_999] {
        let mut stream = Stream::open(&site, Some(resume)).await;
        assert_eq!(stream.next().await.unwrap().name, "reset", "after {resume}");
        let id = stream.until("ping").await.id;
        assert!(id.is_some(), "a new place to resume from");
    }
}

#[tokio::test]
async fn the_place_of_a_ping_can_be_resumed() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let mut stream = Stream::open(&site, None).await;
    let seq = stream.until("ping").await.id.unwrap();
    site.happens(&stage(0, 4.0)).await;
    stream.until("readings").await;
    let mut back = Stream::open(&site, Some(seq)).await;
    assert_eq!(back.next().await.unwrap().name, "readings");
}

#[tokio::test]
async fn a_change_of_the_status_is_told() {
    let site = Site::start().await;
    let mut stream = Stream::open(&site, None).await;
    stream.until("ping").await;
    site.breaks_intake();
    loop {
        let status = stream.until("status").await.data;
        if status["broker"]["listening"] == false {
            assert_eq!(status["problems"][0]["layer"], "intake");
            return;
        }
    }
}

#[tokio::test]
async fn stopping_ends_the_streams_and_then_the_server() {
    let site = Site::start().await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = Stream::open(&site, None).await;
        stream.until("ping").await;
        streams.push(stream);
    }
    site.stop.cancel();
    for stream in &mut streams {
        while stream.next().await.is_some() {}
    }
    let ended = tokio::time::timeout(Duration::from_secs(8), site.running).await;
    ended.expect("in time").unwrap().unwrap();
}

#[tokio::test]
async fn the_public_hears_of_what_went_out_and_the_staff_of_drafts_too() {
    let site = Site::start().await;
    let duty = site.person("duty", Role::DutyOfficer).await;
    let mut streams = [Stream::open(&site, None).await, Stream::open_as(&site, &duty, None).await];
    for stream in &mut streams {
        stream.until("ping").await;
    }
    let [public, staff] = &mut streams;
    let before = public.last_id;
    site.happens(&Outcome { warnings: vec![warning("song-kon-1")], ..Outcome::default() }).await;
    assert_eq!(staff.until("warnings").await.data["items"][0]["draft"]["number"], 1);
    let warnings = vec![issued("song-kon-2"), warning("song-kon-3")];
    site.happens(&Outcome { warnings, ..Outcome::default() }).await;
    assert_eq!(staff.until("warnings").await.data["items"].as_array().unwrap().len(), 2);
    let resumed = Stream::open(&site, before).await;
    for stream in [public, &mut { resumed }] {
        let heard = stream.until("warnings").await.data;
        assert_eq!(heard["items"].as_array().unwrap().len(), 1, "{heard}");
        assert_eq!(
            (&heard["items"][0]["id"], &heard["items"][0]["draft"]),
            (&"song-kon-2".into(), &Value::Null)
        );
        assert!(!heard.to_string().contains("lan"), "{heard}");
    }
}

#[tokio::test]
async fn the_stream_of_who_signs_out_ends_and_the_others_go_on() {
    let site = Site::start_with(|config| config.public_read = false).await;
    let (an, lan) = (site.person("an", Role::Viewer).await, site.person("lan", Role::Viewer).await);
    let (mut ends, mut stays) =
        (Stream::open_as(&site, &an, None).await, Stream::open_as(&site, &lan, None).await);
    ends.until("ping").await;
    stays.until("ping").await;
    site.ask(reqwest::Method::DELETE, "/api/v1/session", &an, None).await;
    while ends.next().await.is_some() {}
    site.happens(&Outcome { alarms: vec![alarm("stage")], ..Outcome::default() }).await;
    stays.until("alarms").await;
}

#[tokio::test]
async fn the_duty_desk_is_told_to_the_house_and_to_nobody_else() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    let mut public = Stream::open(&site, None).await;
    let mut staff = Stream::open_as(&site, &cookie, None).await;
    public.until("ping").await;
    staff.until("ping").await;
    let body = serde_json::json!({});
    let path = "/api/v1/duty/take-over";
    let answer = site.ask(reqwest::Method::POST, path, &cookie, Some(&body)).await;
    assert_eq!(answer.status(), 200);
    let told = staff.until("duty").await.data;
    assert_eq!(told["desk"]["shift"]["officer"]["user"], "lan");
    assert_eq!(told["lines"][0]["what"], "take_over");
    site.happens(&stage(1, 2.0)).await;
    while let Some(event) = public.next().await {
        assert_ne!(event.name, "duty", "{:?}", event.data);
        if event.name == "readings" {
            break;
        }
    }
}

#[tokio::test]
async fn pages_hear_that_forecasts_changed() {
    let site = Site::start().await;
    let mut stream = Stream::open(&site, None).await;
    stream.until("ping").await;
    let act = domain::ForecastAct::Withdraw { forecast: 1, reason: "sai".to_owned() };
    let body = domain::ArrivalBody::Forecast { user: "minh".to_owned(), act };
    let seq = site.ledger.submit(body).await.unwrap().seq;
    let event = stream.until("forecasts").await;
    assert_eq!((&event.data["items"][0], event.id), (&serde_json::json!(seq), Some(seq)));
}

#[tokio::test]
async fn who_works_on_a_station_is_told_to_colleagues_alone() {
    let site = Site::start().await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    let mut everybody = Stream::open(&site, None).await;
    let mut staff = Stream::open_as(&site, &cookie, None).await;
    everybody.until("ping").await;
    staff.until("ping").await;
    let (path, body) = ("/api/v1/stations/thanh-hoa/maintenance", json!({"reason": "thay đầu đo"}));
    let answer = site.ask(Method::POST, path, &cookie, Some(&body)).await;
    assert_eq!(answer.status(), 200);
    for (stream, name) in [(&mut everybody, "staff"), (&mut staff, "Trực ban lan (lan)")] {
        let told = stream.until("health").await.data["items"][0]["maintenance"].clone();
        assert_eq!((&told["by"], &told["reason"]), (&json!(name), &json!("thay đầu đo")));
    }
}

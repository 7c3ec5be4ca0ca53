//! The pages without script: small, true, harmless, and one copy for a crowd.

use std::sync::Arc;

use domain::{CheckedReading, Outcome, QcFlag, Realm, SeriesId, Span, Time};
use pack::Pack;
use store::Role;

use crate::harness::{Site, shipped_files, shipped_pack};
use crate::samples::{alarm, issued, key, message, reading, warning};

/// Most bytes of a page with its style.
const MOST: usize = 15_000;

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// Series of every station of the pack, and a newest reading for each.
fn readings(pack: &Pack) -> Outcome {
    let (mut outcome, observed_at) = (Outcome::default(), now() - Span::minutes(2));
    let mut add = |station: &str, parameter: &str, value: f64| {
        let id = u32::try_from(outcome.new_series.len()).unwrap();
        outcome.new_series.push((SeriesId(id), key(station, parameter)));
        outcome.readings.push(reading(id, observed_at, value, QcFlag::Good));
    };
    for station in pack.stations.values() {
        let id = station.id.as_str();
        let measures = |name: &str| station.parameters.iter().any(|one| one.as_str() == name);
        if measures("water_level") {
            add(id, "water_level", 7.62);
            add(id, "water_level_rise", 12.0);
        }
        if measures("rain") || measures("rain_counter") {
            for (hours, sum) in
                [(1, 31.5), (3, 70.0), (6, 99.0), (12, 150.0), (24, 182.4), (72, 300.0)]
            {
                add(id, &format!("rain_{hours}h"), sum);
            }
        }
        if measures("wind_speed") {
            add(id, "wind_speed", 21.0);
            add(id, "wind_force", 9.0);
            add(id, "gust_force", 11.0);
        }
    }
    outcome
}

/// A site that knows all that.
async fn told(site: &Site, outcome: Outcome) {
    let wanted = outcome.new_series.len();
    site.happens(&outcome).await;
    for _ in 0..2_000 {
        let known = site.json("/api/v1/latest?limit=1000").await;
        if known["items"].as_array().unwrap().len() >= wanted.min(1_000) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the latest readings did not come");
}

async fn page(site: &Site, path: &str, cookie: &str) -> String {
    let answer = site.ask(reqwest::Method::GET, path, cookie, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8", "{path}");
    answer.text().await.unwrap()
}

/// The words of a page.
fn words(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push(' ');
        text.push_str(piece.split_once('>').map_or(piece, |(_, words)| words));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pack like the shipped one, with so many more stations, every third of them on a river.
fn wide_pack(more: usize) -> Arc<Pack> {
    let mut files = shipped_files();
    let stations = files.get_mut("stations.toml").unwrap();
    for n in 0..more {
        let place = if n % 3 == 0 { "river = \"kon\"\nbasin = \"basin-kon\"\n" } else { "" };
        let what = if n % 3 == 0 { "[\"water_level\", \"rain\"]" } else { "[\"rain\"]" };
        stations.push_str(&format!(
            "\n[[station]]\nid = \"them-{n}\"\nname = \"Trạm đo thêm số {n}\"\n{place}parameters = {what}\n\
             interval = \"10min\"\nsilent_after = \"45min\"\nsource = \"x\"\n"
        ));
    }
    Arc::new(Pack::parse(&files).unwrap())
}

#[tokio::test]
async fn the_page_is_small_however_many_stations_and_warnings_there_are() {
    for more in [0, 455] {
        let pack = wide_pack(more);
        let site = Site::start_as(Arc::clone(&pack), Realm::Exercise, |_| {}).await;
        let mut outcome = readings(&pack);
        for n in 0..20 {
            outcome.warnings.push(issued(&format!("song-kon-{n}")));
            let mut message = message(&format!("song-kon-{n}"));
            message.text.vi.instruction =
                "Sơ tán dân khỏi vùng ngập sâu, ven sông và nơi có nguy cơ sạt lở. ".repeat(5);
            outcome.messages.push(message);
        }
        told(&site, outcome).await;
        let style = site.get("/nhe.css").await.text().await.unwrap().len();
        let (mut path, mut seen) = ("/nhe".to_owned(), 0);
        // Every station is reached, page by page.
        for _ in 0..99 {
            let html = page(&site, &path, "").await;
            assert!(html.len() + style <= MOST, "{path}: {} + {style} bytes", html.len());
            seen += html.matches("<th><a href=\"/nhe/tram/").count();
            let next = html.split("<p><a href=\"/nhe?tu=").nth(1);
            let Some(next) = next.and_then(|rest| rest.split('"').next()) else { break };
            path = format!("/nhe?tu={next}");
        }
        let both = pack.stations.values().filter(|one| {
            let measures = |name: &str| one.parameters.iter().any(|p| p.as_str() == name);
            measures("rain") && measures("wind_speed") && !measures("water_level")
        });
        assert_eq!(seen, pack.stations.len() + both.count(), "lines on all pages");
        let kon = page(&site, "/nhe?song=kon", "").await;
        assert!(
            kon.len() + style <= MOST && kon.contains("Vĩnh Sơn") && !kon.contains("Quy Nhơn</a>")
        );
        let station = page(&site, "/nhe/tram/thanh-hoa", "").await;
        assert!(station.len() + style <= MOST, "{} bytes", station.len());
    }
}

#[tokio::test]
async fn it_says_what_stands_where_since_when_and_what_to_do() {
    let site = Site::start().await;
    let mut outcome = readings(&shipped_pack());
    outcome.alarms = vec![alarm("flood-stage")];
    outcome.warnings = vec![issued("song-kon-1"), warning("song-ha-thanh-1")];
    let expires_at = site.ledger.now() + domain::Span::hours(12);
    outcome.messages = vec![domain::WarningMessage { expires_at, ..message("song-kon-1") }];
    told(&site, outcome).await;
    let text = words(&page(&site, "/nhe", "").await);
    for expected in [
        "DIỄN TẬP – không phải tình huống thật",
        "Cảnh báo đang hiệu lực (1)",
        "■ BĐ3 · Lũ sông Kôn &lt;trên&gt; BĐ3",
        "Cần làm: Sơ tán",
        "Thạnh Hòa sông Kôn 7,62 m ■ BĐ3, dưới BĐ3 0,38 m BĐ1 +1,62; BĐ2 +0,62; BĐ3 −0,38 m lên 12 cm/h",
        "Chưa có số liệu không có nghĩa là an toàn",
    ] {
        assert!(text.contains(expected), "no '{expected}' in {text}");
    }
    // Worst first: the alarm stands above what its value alone says.
    let line = |name: &str| text.find(name).unwrap();
    assert!(line("Thạnh Hòa sông Kôn") < line("Bồng Sơn sông Lại Giang"));
    assert!(!text.contains("chờ xác nhận"), "drafts are for those who decide");
    let lan = site.person("lan", Role::DutyOfficer).await;
    assert!(words(&page(&site, "/nhe", &lan).await).contains("Cảnh báo chờ xác nhận: 2"));
    let english = words(&page(&site, "/nhe?lang=en", "").await);
    for expected in [
        "EXERCISE – not a real situation",
        "Kôn river above BĐ3",
        "0.38 m below BĐ3",
        "rising 12 cm/h",
    ] {
        assert!(english.contains(expected), "no '{expected}' in {english}");
    }
    let whole = words(&page(&site, "/nhe/canh-bao/song-kon-1", "").await);
    assert!(whole.contains("Thạnh Hòa: 8,21 m"), "{whole}");
    for hidden in [
        "/nhe/canh-bao/song-ha-thanh-1",
        "/nhe/tram/khong-co",
        "/nhe?song=khong-co",
        "/nhe/tram/Không",
    ] {
        let answer = site.get(hidden).await;
        assert_eq!(answer.status(), 404, "{hidden}");
        assert!(answer.text().await.unwrap().contains("Không có trang này"), "{hidden}");
    }
}

#[tokio::test]
async fn a_station_tells_its_day_hour_by_hour_and_what_is_old_or_wrong_says_so() {
    let site = Site::start().await;
    let hour = now().floor(Span::hours(1), Span::ZERO);
    let late = hour - Span::minutes(100);
    let mut outcome = Outcome {
        new_series: vec![
            (SeriesId(0), key("thanh-hoa", "water_level")),
            (SeriesId(1), key("vinh-son", "rain_24h")),
            (SeriesId(2), key("dieu-tri", "water_level")),
        ],
        ..Outcome::default()
    };
    outcome.readings = vec![
        reading(0, hour - Span::hours(5), 8.5, QcFlag::Good),
        reading(0, hour - Span::hours(4), 99.0, QcFlag::Bad),
        reading(0, hour - Span::hours(3), 8.4, QcFlag::Suspect),
        reading(0, late, 8.0, QcFlag::Good),
        CheckedReading { completeness: 80, ..reading(1, late, 82.0, QcFlag::Suspect) },
        reading(2, now(), 9_999.0, QcFlag::Bad),
    ];
    told(&site, outcome).await;
    let html = page(&site, "/nhe/tram/thanh-hoa", "").await;
    let text = words(&html);
    for expected in [
        "8,40 (nghi ngờ)",
        "8,50",
        "số liệu sai",
        "SỐ LIỆU CŨ",
        "Đỉnh lũ 30/11/2021 9,46 −1,46",
        "trễ",
    ] {
        assert!(text.contains(expected), "no '{expected}' in {text}");
    }
    let sums = words(&page(&site, "/nhe/tram/vinh-son", "").await);
    assert!(sums.contains("≥ 82,0 (80%)"), "{sums}");
    let svg = html.split("<svg").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(
        svg.rsplit(" d=\"").next().unwrap().matches('M').count(),
        3,
        "a gap is no line: {svg}"
    );
    assert!(!html.contains("style="), "no inline style");
    let list = words(&page(&site, "/nhe", "").await);
    assert!(list.contains("Diêu Trì sông Hà Thanh số liệu sai ?"), "{list}");
}

#[tokio::test]
async fn a_hostile_name_harms_nobody() {
    let evil = "<script>alert(1)</script>\" onload='x' &amp;";
    let mut files = shipped_files();
    let stations = files.get_mut("stations.toml").unwrap();
    *stations = stations.replace("name = \"Thạnh Hòa\"", &format!("name = {evil:?}"));
    *stations = stations.replace("name = \"sông Kôn\"", &format!("name = {evil:?}"));
    let pack = Arc::new(Pack::parse(&files).unwrap());
    let site = Site::start_as(Arc::clone(&pack), Realm::Exercise, |_| {}).await;
    let mut outcome = readings(&pack);
    outcome.warnings = vec![issued("song-kon-1")];
    let mut said = message("song-kon-1");
    said.text.vi.headline = evil.to_owned();
    said.text.vi.description = evil.to_owned();
    outcome.messages = vec![said];
    told(&site, outcome).await;
    for path in ["/nhe", "/nhe?song=kon", "/nhe/tram/thanh-hoa", "/nhe/canh-bao/song-kon-1"] {
        let html = page(&site, path, "").await;
        assert!(html.contains("&lt;script&gt;"), "{path}: the name is not shown");
        assert!(!html.contains("<script") && !html.contains("\" onload"), "{path}");
    }
    for path in [
        "/nhe?song=<script>",
        "/nhe?tu=<script>",
        "/nhe?lang=\"><script>",
        "/nhe/tram/%3Cscript%3E",
    ] {
        assert!(!site.get(path).await.text().await.unwrap().contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn it_is_asked_for_again_with_its_tag_and_a_crowd_gets_one_copy() {
    let site = Site::start().await;
    told(&site, readings(&shipped_pack())).await;
    let first = site.get("/nhe").await;
    let (tag, cache) = (first.headers()["etag"].clone(), first.headers()["cache-control"].clone());
    assert_eq!(cache, "private, no-cache");
    let body = first.text().await.unwrap();
    let again =
        site.client.get(site.url("/nhe")).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.text().await.unwrap().len()), (304, 0));
    // What comes within these seconds is told with the next copy.
    site.happens(&Outcome {
        readings: vec![reading(0, now(), 1.23, QcFlag::Good)],
        ..Outcome::default()
    })
    .await;
    let crowd = (0..10).map(|_| site.get("/nhe"));
    for answer in futures::future::join_all(crowd).await {
        assert_eq!(answer.text().await.unwrap(), body);
    }
    let zipped =
        site.client.get(site.url("/nhe")).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    assert!(zipped.bytes().await.unwrap().len() < body.len() / 2);
}

#[tokio::test]
async fn who_may_not_read_is_told_in_words_and_a_real_day_is_no_exercise() {
    let closed = |config: &mut web::WebConfig| config.public_read = false;
    let site = Site::start_as(shipped_pack(), Realm::Actual, closed).await;
    for path in ["/nhe", "/nhe/tram/thanh-hoa", "/nhe/canh-bao/a"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert!(answer.text().await.unwrap().contains("Phải đăng nhập"), "{path}");
    }
    let lan = site.person("lan", Role::Viewer).await;
    let text = words(&page(&site, "/nhe", &lan).await);
    assert!(
        !text.contains("DIỄN TẬP") && text.contains("Thạnh Hòa sông Kôn chưa có số liệu"),
        "{text}"
    );
    let named = site.get("/").await.text().await.unwrap();
    assert!(
        named.contains("/nhe") || named.contains("Chưa có trang web"),
        "the page names the light one"
    );
}

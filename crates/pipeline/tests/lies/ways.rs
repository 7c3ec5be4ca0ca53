//! The ways in which a gauge lies. Each begins at a moment of the flood that matters and, unless it says otherwise, never
//! ends. What a lone gauge could not be caught at (a fall as slow as a recession, a datum that was wrong from the
//! beginning) is given a second sensor or neighbours that speak against it.

use domain::Span;

use crate::common::t;
use crate::night::{Moment, Scene, Word};
use crate::truth::{CREST, FALL, RISE, River, between, noise, to_cm};

/// On the rise, 0.4 m below BĐ1.
const RISING: i64 = 500;
/// An hour after the crest was reached, 0.6 m above BĐ3.
const HIGH: i64 = CREST + 60;
/// The longest time in which a fault is to be told once it can be seen, minutes.
const SOON: i64 = 30;
/// The same for what can only be missed: the station's own `silent_after`.
const MISSED: i64 = 46;
/// The same for a lone gauge that stands still: its flat-line limit of 6 h.
const STILL: i64 = 370;

type Say = Box<dyn Fn(&Moment) -> Vec<Word>>;

/// A way to lie.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) scene: Scene,
    pub(crate) river: River,
    pub(crate) from: i64,
    /// From when on the lie can be seen.
    pub(crate) visible: i64,
    /// Minutes after that in which it is to be told; `None` = nothing is broken, so nobody need be told.
    pub(crate) within: Option<i64>,
    /// Whether BĐ3, or the fault, can be known in time.
    pub(crate) knowable: bool,
    pub(crate) say: Say,
}

impl Way {
    fn beside(mut self, scene: Scene) -> Self {
        self.scene = scene;
        self
    }

    fn on(mut self, river: River) -> Self {
        self.river = river;
        self
    }

    fn visible(mut self, minute: i64) -> Self {
        self.visible = minute;
        self
    }

    fn within(mut self, minutes: i64) -> Self {
        self.within = Some(minutes);
        self
    }

    fn not_broken(mut self) -> Self {
        self.within = None;
        self
    }

    /// A lone gauge that stands still is known by its flat-line limit only, and the river does not wait for that.
    fn stands_still(mut self) -> Self {
        self.knowable = false;
        self.within(STILL)
    }
}

fn way(name: &'static str, from: i64, say: impl Fn(&Moment) -> Vec<Word> + 'static) -> Way {
    Way {
        name,
        scene: Scene::Lone,
        river: River::Flood,
        from,
        visible: from,
        within: Some(SOON),
        knowable: true,
        say: Box::new(say),
    }
}

/// The gauge shows something else.
fn shows(name: &'static str, from: i64, value: impl Fn(&Moment) -> f64 + 'static) -> Way {
    way(name, from, move |m| vec![Word::stage(m.minute, to_cm(value(m)))])
}

/// The same with a true radar beside it.
fn main_of_two(name: &'static str, from: i64, value: impl Fn(&Moment) -> f64 + 'static) -> Way {
    let both = move |m: &Moment| {
        vec![Word::stage(m.minute, to_cm(value(m))), Word::radar(m.minute, radar(m))]
    };
    way(name, from, both).beside(Scene::Radar)
}

/// What a true radar shows: its own noise.
fn radar(m: &Moment) -> f64 {
    to_cm(m.stage + (noise(m.minute + 3) - noise(m.minute)) / 100.0)
}

/// The reading is something else than a number.
fn sends(name: &'static str, from: i64, reading: &'static str) -> Way {
    way(name, from, move |m| vec![Word::of(m.minute, &format!("\"water_level\":{reading}"))])
}

/// A value with a word about it.
fn marked(name: &'static str, from: i64, mark: &'static str, value: f64) -> Way {
    way(name, from, move |m| {
        let value = value + noise(m.minute) / 100.0;
        let reading = format!("\"water_level\":{{\"value\":{value:.2},\"quality\":\"{mark}\"}}");
        vec![Word::of(m.minute, &reading)]
    })
}

/// Silent for so long, and then something constant.
fn after_gap(name: &'static str, from: i64, gap: i64, value: f64) -> Way {
    let say = move |m: &Moment| match m.since < gap {
        true => Vec::new(),
        false => vec![Word::stage(m.minute, value)],
    };
    let told = if gap < 45 { from + gap } else { from };
    let limit = if gap < 45 { SOON } else { MISSED };
    way(name, from, say).visible(told).within(limit)
}

/// All of them.
pub(crate) fn ways() -> Vec<Way> {
    let mut all = fails_low();
    all.extend(stands_still());
    all.extend(slips_and_drifts());
    all.extend(jumps_about());
    all.extend(other_units());
    all.extend(says_nothing());
    all.extend(says_so_itself());
    all.extend(garbage_high());
    all.extend(other_times());
    all.extend(two_sensors());
    all.extend(others());
    all
}

fn fails_low() -> Vec<Way> {
    vec![
        shows("dry value 0.00 at the crest", HIGH, |_| 0.0),
        shows("dry value 0.00 on the rise", RISING, |_| 0.0),
        shows("base value 3.80 at the crest", HIGH, |_| 3.80),
        shows("base value 3.80 on the rise", RISING, |_| 3.80),
        shows("5 cm above the least that can be", HIGH, |_| -0.70),
        shows("dry value with noise of 1 cm", HIGH, |m| noise(m.minute) / 100.0),
        shows("base value with noise of 1 cm", HIGH, |m| 3.8 + noise(m.minute) / 100.0),
        after_gap("dry value after a gap of 30 min", HIGH, 30, 0.0),
        after_gap("dry value after a gap of 4 h", HIGH, 240, 0.0),
        after_gap("dry value after a gap of 8 h", CREST - 30, 480, 0.0),
        after_gap("base value after a gap of 4 h", HIGH, 240, 3.80),
        after_gap("silent through the crest, back at the base value", 730, 580, 3.80),
        shows("brown-out: half of the value", HIGH, |m| m.stage / 2.0),
        shows("sign flipped", HIGH, |m| -m.stage).within(MISSED),
        shows("16-bit counter of 0.1 mm wraps at 6.55 m", 680, |m| {
            if m.stage >= 6.5536 { m.stage - 6.5536 } else { m.stage }
        }),
        shows("values of another station, 4.37 m", HIGH, |m| 4.37 + noise(m.minute) / 100.0),
    ]
}

fn stands_still() -> Vec<Way> {
    let between_gauges = |way: Way, visible: i64| way.beside(Scene::Neighbours).visible(visible);
    vec![
        shows("frozen at the crest", HIGH, |_| 7.60).stands_still(),
        shows("stuck at 4.95 on the rise", 530, |_| 4.95).stands_still(),
        between_gauges(shows("stuck at 4.95, others rise", 530, |_| 4.95), 590),
        shows("stuck at 6.20 on the rise", 640, |_| 6.20).stands_still(),
        between_gauges(shows("stuck at 6.20, others rise", 640, |_| 6.20), 700),
    ]
}

fn slips_and_drifts() -> Vec<Way> {
    let slip = |name, by: f64| shows(name, HIGH, move |m| m.stage - by);
    let drift = |name, rate: f64, seen: i64| {
        shows(name, HIGH, move |m| m.stage - rate * m.since as f64 / 60.0).visible(HIGH + seen)
    };
    let stairs = |step: f64, every: i64| {
        move |m: &Moment| m.stage - (step * (1 + m.since / every) as f64).min(2.5)
    };
    vec![
        // So much in one report may also be a gate that closes.
        slip("slips by 0.3 m", 0.3).not_broken(),
        main_of_two("slips by 0.3 m, radar beside it", HIGH, |m| m.stage - 0.3),
        slip("slips by 0.8 m", 0.8),
        slip("slips by 1.0 m", 1.0),
        slip("slips by 2.5 m", 2.5),
        after_gap_slip(),
        shows("slips by 10 cm every 10 min", HIGH, stairs(0.1, 10)).visible(HIGH + 120),
        shows("slips by 40 cm every hour", HIGH, stairs(0.4, 60)).visible(HIGH + 60),
        main_of_two("slips by 20 cm every hour, radar beside it", HIGH, stairs(0.2, 60)),
        shows("slips by 20 cm every hour, others stand", HIGH, stairs(0.2, 60))
            .beside(Scene::Neighbours)
            .visible(HIGH + 120),
        slip("slips up by 1 m at the crest", -1.0).not_broken(),
        shows("slips up by 1.4 m, others calm", HIGH, |m| m.stage + 1.4)
            .beside(Scene::Neighbours)
            .on(River::Calm),
        main_of_two("slips up by 1.4 m, radar calm", HIGH, |m| m.stage + 1.4).on(River::Calm),
        // Water falls by up to 45 cm/h here: it takes two hours until the difference is more than waves.
        drift("drifts down 0.6 m/h", 0.6, 120),
        drift("drifts down 1.0 m/h", 1.0, 30),
        drift("drifts down 2.0 m/h", 2.0, 10),
        main_of_two("drifts up 1 m/h, radar calm", HIGH, |m| m.stage + m.since as f64 / 60.0)
            .on(River::Calm)
            .visible(HIGH + 20),
    ]
}

/// The mount slips while nobody hears the station.
fn after_gap_slip() -> Way {
    let say = |m: &Moment| match m.since < 30 {
        true => Vec::new(),
        false => vec![Word::stage(m.minute, to_cm(m.stage - 1.0))],
    };
    way("slips by 1.0 m during a gap of 30 min", HIGH, say).visible(HIGH + 30)
}

fn jumps_about() -> Vec<Way> {
    let alternates = |name, low: f64, every: i64| {
        shows(name, HIGH, move |m| {
            if (m.since / every) % 2 == 0 { low + noise(m.minute) / 100.0 } else { m.stage }
        })
    };
    vec![
        // One low value may be an outlier; the second is none.
        alternates("alternates with 5.0 each report", 5.0, 10).visible(HIGH + 20),
        alternates("alternates with 3.8 each report", 3.8, 10).visible(HIGH + 20),
        alternates("alternates with 5.0 each hour", 5.0, 60),
        alternates("alternates with 3.8 each hour", 3.8, 60),
        shows(
            "one report at 0.00 each hour",
            HIGH,
            |m| if m.since % 60 == 0 { 0.0 } else { m.stage },
        )
        .visible(HIGH + 120),
        shows("5.0 for three and a half hours, right for ten minutes", HIGH, |m| {
            if m.since % 220 < 210 { 5.0 + noise(m.minute) / 100.0 } else { m.stage }
        }),
        shows("anything from 0 to 6.5", HIGH, |m| between(m.minute, 0.0, 6.5)),
    ]
}

fn other_units() -> Vec<Way> {
    let times = |name, by: f64| shows(name, HIGH, move |m| m.stage * by);
    vec![
        times("cm without saying so", 100.0),
        times("mm without saying so", 1_000.0),
        times("feet without saying so", 3.280_84),
        times("dm without saying so", 10.0),
        times("a tenth of the value", 0.1),
        times("a hundredth of the value", 0.01),
        shows("feet without saying so, from the rise", RISING, |m| m.stage * 3.280_84),
    ]
}

fn says_nothing() -> Vec<Way> {
    let nothing = |name, reading| sends(name, HIGH, reading).within(MISSED);
    vec![
        nothing("−999", "-999"),
        nothing("−9999", "-9999"),
        nothing("9999", "9999"),
        nothing("null", "null"),
        nothing("NaN", "NaN"),
        nothing("\"nan\" as text", "\"nan\""),
        way("silent from the crest on", HIGH, |_| Vec::new()).within(MISSED),
        way("silent, a retained copy comes every 20 min", HIGH, |m| {
            let copy = Word::of(HIGH - 10, "\"water_level\":7.59");
            let copy = Word { received: t(m.minute), retained: true, ..copy };
            if m.since % 20 == 0 { vec![copy] } else { Vec::new() }
        })
        .within(MISSED),
        way("the same old message every 10 min", HIGH, |m| {
            let copy = Word::of(HIGH - 10, "\"water_level\":7.59");
            vec![Word { received: t(m.minute), ..copy }]
        })
        .within(MISSED),
    ]
}

/// The station says that its value is none; a word that nobody knows says nothing for it.
fn says_so_itself() -> Vec<Way> {
    let low = |name, mark| marked(name, HIGH, mark, 0.5).within(MISSED);
    let high = |name, mark| marked(name, HIGH, mark, 9.2).on(River::Calm).within(MISSED);
    vec![
        low("0.50 marked bảo trì", "bảo trì"),
        low("0.50 marked BẢO TRÌ", "BẢO TRÌ"),
        low("0.50 marked bảo trì, decomposed", "ba\u{309}o tri\u{300}"),
        low("0.50 marked HIỆU CHUẨN", "HIỆU CHUẨN"),
        low("0.50 marked LỖI", "LỖI"),
        marked("0.50 marked xyz", HIGH, "xyz", 0.5),
        marked("4.40 marked xyz", HIGH, "xyz", 4.4),
        high("9.20 marked LỖI on a calm river", "LỖI"),
        high("9.20 marked lỗi, decomposed, on a calm river", "lo\u{302}\u{303}i"),
        high("9.20 marked Hiệu Chuẩn on a calm river", "Hiệu Chuẩn"),
        high("9.20 marked BẢO TRÌ on a calm river", "BẢO TRÌ"),
    ]
}

fn garbage_high() -> Vec<Way> {
    let calm = |way: Way| way.on(River::Calm);
    let three = |m: &Moment| {
        let at = |second: i64, metres: f64| {
            let time = t(m.minute) + Span::seconds(second);
            let word = Word::stamped(m.minute, time, &format!("\"water_level\":{metres:.2}"));
            word.later(Span::seconds(second))
        };
        match m.since {
            0 => vec![at(0, 9.10), at(1, 9.12), at(2, 9.15)],
            _ => vec![Word::stage(m.minute, m.stage)],
        }
    };
    vec![
        calm(shows("9.99 for hours on a calm river", HIGH, |_| 9.99)),
        calm(shows("8 to 11 m, no two alike, on a calm river", HIGH, |m| {
            between(m.minute, 8.0, 11.0)
        })),
        calm(shows("9.99 with noise of 1 cm, others calm", HIGH, |m| {
            9.99 + noise(m.minute) / 100.0
        }))
        .beside(Scene::Neighbours),
        calm(shows("one report at 9.99 on a calm river", HIGH, |m| {
            if m.since == 0 { 9.99 } else { m.stage }
        })),
        // 1.3 m an hour, which a river can do.
        calm(way("one report at 9.1 after a gap of 4 h, calm river", HIGH, |m| match m.since {
            0..240 => Vec::new(),
            240..250 => vec![Word::stage(m.minute, 9.10)],
            _ => vec![Word::stage(m.minute, m.stage)],
        }))
        .within(MISSED),
        calm(way("three readings of 9.1 within 3 s on a calm river", HIGH, three)),
    ]
}

fn other_times() -> Vec<Way> {
    let behind = |name, minutes: i64, value: f64| {
        way(name, HIGH, move |m| {
            let reading = format!("\"water_level\":{:.2}", value + noise(m.minute) / 100.0);
            vec![Word::stamped(m.minute, t(m.minute - minutes), &reading)]
        })
    };
    let timeless =
        |m: &Moment| vec![Word::plain(m.minute, r#"{"readings":{"water_level":3.80}}"#.to_owned())];
    let misnamed = |m: &Moment| {
        let old = t(m.minute - 2_880);
        let body = format!(
            r#"{{"ts":"{old}","readings":{{"water_level":{:.2}}}}}"#,
            3.8 + noise(m.minute) / 100.0
        );
        vec![Word::plain(m.minute, body)]
    };
    let backlog = |m: &Moment| {
        let mut words = vec![Word::stage(m.minute, m.stage)];
        if m.since == 0 {
            let old = |k: i64| {
                format!(
                    r#"{{"time":"{}","readings":{{"water_level":3.8}}}}"#,
                    t(m.minute - 5 - 10 * k)
                )
            };
            let list: Vec<String> = (0..30).rev().map(old).collect();
            words.push(Word::plain(m.minute + 1, format!("[{}]", list.join(","))));
        }
        words
    };
    let overwritten = |m: &Moment| {
        let wrong = Word::stage(m.minute, 3.80).later(Span::seconds(30));
        vec![Word::stage(m.minute, m.stage), wrong]
    };
    vec![
        behind("3.80, stamped 2 h behind", 120, 3.80),
        behind("3.80, stamped 7 h behind", 420, 3.80),
        behind("3.80, stamped 9 min behind", 9, 3.80),
        way("clock 7 h ahead", HIGH, |m| {
            vec![Word::stamped(m.minute, t(m.minute + 420), "\"water_level\":3.80")]
        }),
        way("base value 3.80 without a time", HIGH, timeless),
        way("3.80 of two days ago, time key misnamed", HIGH, misnamed).within(MISSED),
        way("a backlog of old low values after the crest", FALL, backlog).not_broken(),
        way("each value overwritten by 3.80 after 30 s", HIGH, overwritten),
    ]
}

fn two_sensors() -> Vec<Way> {
    // The main sensor is true until it dies.
    let datum = |name, by: f64, dies: i64| {
        way(name, 0, move |m| {
            let radar = Word::radar(m.minute, to_cm(radar(m) + by));
            let main = (m.minute < dies).then(|| Word::stage(m.minute, m.stage));
            main.into_iter().chain([radar]).collect()
        })
        .beside(Scene::Radar)
        .visible(540)
    };
    let second = |name, value: fn(&Moment) -> Option<f64>| {
        way(name, HIGH, move |m| {
            let radar = value(m).map(|metres| Word::radar(m.minute, metres));
            [Word::stage(m.minute, m.stage)].into_iter().chain(radar).collect()
        })
        .beside(Scene::Radar)
    };
    vec![
        datum("radar 1.1 m too low, main dies at the crest", -1.1, HIGH),
        datum("radar 1 m too high, main dies at the crest", 1.0, HIGH),
        datum("radar 1.1 m too low, main dies on the rise", -1.1, 600),
        second("radar dies", |_| None).within(MISSED),
        second("radar dry at 0.00", |_| Some(0.0)),
        second("radar slips by 1 m", |m| Some(m.stage - 1.0)),
        main_of_two("main dry at 0.00, radar true", HIGH, |_| 0.0),
        main_of_two("main stuck at 4.95 on the rise, radar true", 530, |_| 4.95).visible(550),
        way("main dies, radar true", HIGH, |m| vec![Word::radar(m.minute, radar(m))])
            .beside(Scene::Radar)
            .within(MISSED),
        way("a sensor name that comes once, then dry", HIGH, |m| match m.since {
            0 => {
                let ghost = "\"water_level\":{\"value\":7.6,\"sensor\":\"radr\"}";
                vec![Word::of(m.minute, ghost), Word::stage(m.minute, m.stage)]
            }
            _ => vec![Word::stage(m.minute, if m.since < 60 { m.stage } else { 0.0 })],
        })
        .visible(HIGH + 60),
    ]
}

fn others() -> Vec<Way> {
    let bucket = |name, reading: fn(&Moment) -> String| {
        way(name, RISE, move |m| {
            vec![Word { station: Scene::Rain.tried(), ..Word::of(m.minute, &reading(m)) }]
        })
        .beside(Scene::Rain)
        .visible(RISE + 180)
    };
    vec![
        bucket("a bucket that reports 0.0 among wet neighbours", |_| "\"rain\":0.0".to_owned()),
        bucket("a counter that stands among wet neighbours", |_| {
            "\"rain_counter\":35.0".to_owned()
        }),
    ]
}

//! What the water really did. Every lie and every honest gauge is judged against the river it was made from.

/// Báo động 1–3 of every river here, m.
pub(crate) const LEVELS: [f64; 3] = [5.0, 6.0, 7.0];

/// When the river begins to rise, is at its crest, and begins to fall: minutes.
pub(crate) const RISE: i64 = 360;
pub(crate) const CREST: i64 = 840;
pub(crate) const FALL: i64 = 1_320;

/// A river as it was, minute by minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum River {
    /// Base 3.8 m, up in eight hours, 7.6 m for eight, down exponentially, at most about 25 cm/h.
    Flood,
    /// The same on a small river that falls by up to 45 cm/h.
    Quick,
    /// 3.8 m and then 2.6 m more in twenty minutes; goes on to 7.6 m, and falls as a flood does.
    Flash,
    /// Nothing happens.
    Calm,
}

impl River {
    /// Its stage at a minute, m.
    pub(crate) fn at(self, minute: i64) -> f64 {
        let calm = 3.80 + 0.01 * (minute as f64 / 200.0).sin();
        match self {
            Self::Calm => calm,
            _ if minute < RISE => calm,
            Self::Flood => flood(minute, 13.0),
            Self::Quick => flood(minute, 7.2),
            Self::Flash => flash(minute),
        }
    }

    /// The highest báo động it has reached at a minute.
    pub(crate) fn level(self, minute: i64) -> u8 {
        level_of(self.at(minute))
    }

    /// The highest stage of the hour before a minute.
    pub(crate) fn highest_of_the_hour(self, minute: i64) -> f64 {
        (minute - 60..=minute).map(|minute| self.at(minute)).fold(f64::MIN, f64::max)
    }

    /// When it first reached a báo động, and when it was last at or above a stage.
    pub(crate) fn reached(self, stage: f64, until: i64) -> Option<i64> {
        (0..=until).find(|minute| self.at(*minute) >= stage)
    }

    pub(crate) fn last_at(self, stage: f64, until: i64) -> Option<i64> {
        (0..=until).rev().find(|minute| self.at(*minute) >= stage)
    }
}

/// The highest báo động at or below a stage.
pub(crate) fn level_of(stage: f64) -> u8 {
    LEVELS.iter().filter(|level| stage >= **level).count() as u8
}

/// A real recession is exponential; it begins gently, for the river's bed still fills from above.
fn flood(minute: i64, hours: f64) -> f64 {
    if minute < CREST {
        let x = (minute - RISE) as f64 / (CREST - RISE) as f64;
        return 3.8 + 3.8 * x * x * (3.0 - 2.0 * x);
    }
    if minute < FALL {
        return 7.6 + 0.03 * (minute as f64 / 25.0).sin();
    }
    let t = (minute - FALL) as f64 / 60.0;
    let gently = t - (1.0 - (-t).exp());
    3.8 + 3.8 * (-gently / hours).exp()
}

/// 1.3 m in each of the first two reports, then slower up to the same crest.
fn flash(minute: i64) -> f64 {
    let since = (minute - RISE) as f64;
    match minute {
        _ if since < 20.0 => 4.6 + 2.6 * since / 20.0,
        _ if minute < FALL => 7.2 + 0.4 * (1.0 - (-(since - 20.0) / 60.0).exp()),
        _ => flood(minute, 13.0),
    }
}

/// −1, 0 or 1 by the minute, the same in every run.
pub(crate) fn noise(minute: i64) -> f64 {
    (scatter(minute) % 3) as f64 - 1.0
}

/// Any number by the minute, the same in every run: splitmix64.
pub(crate) fn scatter(minute: i64) -> u64 {
    let mut z = (minute as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Somewhere from `low` to `high` by the minute, to 1 cm.
pub(crate) fn between(minute: i64, low: f64, high: f64) -> f64 {
    let share = (scatter(minute) % 10_001) as f64 / 10_000.0;
    to_cm(low + (high - low) * share)
}

/// Stage is read to 1 cm (QCVN 47:2022).
pub(crate) fn to_cm(metres: f64) -> f64 {
    (metres * 100.0).round() / 100.0
}

//! Words of the light pages.

use domain::warning::{LocalText, Text};
use domain::{Span, Time, text};

use crate::standing::Trend;

/// In which language a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    Vietnamese,
    English,
}

/// Both texts of something; Vietnamese first.
pub(super) type Both = (&'static str, &'static str);

pub(super) const LIGHT: Both = ("trang nhẹ", "light page");
pub(super) const EXERCISE: Both =
    ("DIỄN TẬP – không phải tình huống thật", "EXERCISE – not a real situation");
pub(super) const TEST: Both =
    ("THỬ NGHIỆM – không phải tình huống thật", "TEST – not a real situation");
pub(super) const MADE: Both = ("Lập lúc", "Made at");
pub(super) const ZONE: Both = ("giờ Việt Nam", "Viet Nam time");
pub(super) const FULL: Both = ("Trang đầy đủ", "Full page");
pub(super) const BACK: Both = ("Tất cả các trạm", "All stations");
pub(super) const WARNINGS: Both = ("Cảnh báo đang hiệu lực", "Warnings in force");
pub(super) const NO_WARNING: Both =
    ("Không có cảnh báo nào đang hiệu lực.", "No warning is in force.");
pub(super) const WAITING: Both = ("Cảnh báo chờ xác nhận", "Drafts that wait for a decision");
pub(super) const DO: Both = ("Cần làm", "What to do");
pub(super) const ISSUED: Both = ("Phát lúc", "Issued at");
pub(super) const HOLDS: Both = ("hiệu lực đến", "holds until");
pub(super) const OVERDUE: Both =
    ("đã quá hạn mà chưa có tin mới", "past its time, no newer message");
pub(super) const AREAS: Both = ("Khu vực", "Areas");
pub(super) const MORE_WARNINGS: Both = ("cảnh báo nữa", "more warnings");
pub(super) const PROVISIONAL: Both =
    ("tạm thời, số liệu nghi ngờ", "provisional, from doubtful data");
pub(super) const LATE: Both = ("nói điều đã xảy ra", "tells what was");
pub(super) const BLIND: Both = ("mất số liệu, giữ cấp cũ", "no data any more, level kept");
pub(super) const DOUBTFUL: Both = ("nghi ngờ", "doubtful");
pub(super) const BAD: Both = ("số liệu sai", "bad value");
pub(super) const RIVERS: Both = ("Mực nước", "Water level");
pub(super) const RAIN_MM: Both = ("Mưa (mm)", "Rain (mm)");
pub(super) const WIND: Both = ("Gió", "Wind");
pub(super) const WORST_FIRST: Both = ("nguy hiểm nhất ở trên", "most dangerous first");
pub(super) const STATION: Both = ("Trạm", "Station");
pub(super) const STANDING: Both = ("So với báo động", "Against alarm levels");
pub(super) const TREND: Both = ("Xu thế", "Trend");
pub(super) const OBSERVED: Both = ("Giờ đo", "Observed");
pub(super) const HOUR: Both = ("1 giờ", "1 h");
pub(super) const DAY: Both = ("24 giờ", "24 h");
pub(super) const FORCE: Both = ("cấp", "force");
pub(super) const GUST: Both = ("giật cấp", "gust force");
pub(super) const NO_VALUE: Both = ("chưa có số liệu", "no data yet");
pub(super) const NO_LEVELS: Both = ("không có mức báo động", "no alarm levels");
pub(super) const STALE: Both = ("SỐ LIỆU CŨ", "OLD DATA");
pub(super) const SILENT: Both = ("im lặng", "silent");
pub(super) const NEXT: Both = ("Các trạm tiếp theo", "Next stations");
pub(super) const BY_RIVER: Both = ("Theo sông", "By river");
pub(super) const OTHERS: Both = ("không thuộc sông nào", "on no river");
pub(super) const LEVELS: Both = ("Các mức của trạm", "Levels of the station");
pub(super) const MARK: Both = ("Mốc", "Mark");
pub(super) const DIFFERENCE: Both = ("Hiện nay", "Now");
pub(super) const SUMS: Both = ("Tổng lượng mưa", "Rain sums");
pub(super) const SINCE_19: Both = ("từ 19 giờ", "since 19:00");
pub(super) const HOURLY: Both = ("24 giờ qua, từng giờ", "The last 24 hours, hour by hour");
pub(super) const TIME: Both = ("Giờ", "Time");
pub(super) const FLOOD: Both = ("Đỉnh lũ", "Flood of");
pub(super) const OTHER_SOURCE: Both = ("nguồn khác", "another source");
pub(super) const IMPACTS: Both = ("Ở mức này", "At this level");
pub(super) const NONE_HERE: Both = ("Chỗ này không có trạm nào.", "There is no station here.");
pub(super) const UNKNOWN: Both = ("Không có trang này.", "There is no such page.");
pub(super) const REFUSED: Both = (
    "Không mở được trang này. Máy chủ có thể đang quá tải: trang tự tải lại.",
    "This page cannot be shown. The server may be busy: the page tries again by itself.",
);
pub(super) const SIGN_IN: Both =
    ("Phải đăng nhập ở trang đầy đủ mới xem được.", "Sign in on the full page to see this.");
pub(super) const AS_FAR: Both = (
    "Chưa có số liệu không có nghĩa là an toàn. Cần cứu nạn: gọi 112.",
    "No data does not mean safe. In an emergency call 112.",
);

impl Language {
    /// As `?lang=` says; Vietnamese first.
    pub(super) fn asked(lang: Option<&str>) -> Self {
        if lang == Some("en") { Self::English } else { Self::Vietnamese }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The word in this language.
    pub(super) const fn say(self, both: Both) -> &'static str {
        match self {
            Self::Vietnamese => both.0,
            Self::English => both.1,
        }
    }

    /// Of two texts the one in this language.
    pub(super) fn of<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vi,
            Self::English => en,
        }
    }

    /// The same of a message.
    pub(super) const fn of_text(self, text: &LocalText) -> &Text {
        match self {
            Self::Vietnamese => &text.vi,
            Self::English => &text.en,
        }
    }

    pub(super) fn number(self, value: f64, decimals: u8) -> String {
        match self {
            Self::Vietnamese => text::number(value, decimals),
            Self::English => text::number_en(value, decimals),
        }
    }

    /// `+0,21` or `−0,38`.
    pub(super) fn signed(self, value: f64, decimals: u8) -> String {
        let size = self.number(value.abs(), decimals);
        let zero = size.bytes().all(|b| matches!(b, b'0' | b'.' | b','));
        match value {
            _ if zero => size,
            value if value > 0.0 => format!("+{size}"),
            _ => format!("−{size}"),
        }
    }

    /// What a level is called, with a shape of its own.
    pub(super) const fn level(self, level: u8) -> &'static str {
        self.say(match level {
            0 => ("○ dưới BĐ1", "○ below BĐ1"),
            1 => ("▲ BĐ1", "▲ BĐ1"),
            2 => ("◆ BĐ2", "◆ BĐ2"),
            3 => ("■ BĐ3", "■ BĐ3"),
            _ => ("■■ VƯỢT LŨ LỊCH SỬ", "■■ ABOVE THE HISTORIC FLOOD"),
        })
    }

    /// `trên BĐ3 0,21 m`
    pub(super) fn compare(self, name: &str, difference: f64) -> String {
        let size = self.number(difference.abs(), 2);
        match (self, difference) {
            (Self::Vietnamese, d) if d.abs() < crate::standing::EQUAL => format!("bằng {name}"),
            (Self::English, d) if d.abs() < crate::standing::EQUAL => format!("equal to {name}"),
            (Self::Vietnamese, d) if d > 0.0 => format!("trên {name} {size} m"),
            (Self::English, d) if d > 0.0 => format!("{size} m above {name}"),
            (Self::Vietnamese, _) => format!("dưới {name} {size} m"),
            (Self::English, _) => format!("{size} m below {name}"),
        }
    }

    /// `lên 12 cm/h`
    pub(super) fn trend(self, rate: Option<f64>) -> String {
        let Some(rate) = rate else {
            return self.say(("chưa rõ", "unknown")).to_owned();
        };
        let word = self.say(match Trend::of(rate) {
            Trend::FastRise => ("lên nhanh", "rising fast"),
            Trend::Rise => ("lên", "rising"),
            Trend::Steady => return self.say(("đứng", "steady")).to_owned(),
            Trend::Fall => ("xuống", "falling"),
            Trend::FastFall => ("xuống nhanh", "falling fast"),
        });
        format!("{word} {} cm/h", self.number(rate.abs(), 0))
    }

    /// `trễ 12 phút`
    pub(super) fn behind(self, age: Span) -> String {
        let minutes = age.millis() / 60_000;
        let (count, unit) = match minutes {
            0..120 => (minutes, ("phút", "min")),
            120..2_880 => (minutes / 60, ("giờ", "h")),
            _ => (minutes / 1_440, ("ngày", "days")),
        };
        match self {
            Self::Vietnamese => format!("trễ {count} {}", unit.0),
            Self::English => format!("{count} {} behind", unit.1),
        }
    }

    /// The time of day, with the date when it is not today.
    pub(super) fn clock(at: Time, now: Time) -> String {
        let (then, today) = (at.in_vietnam(), now.in_vietnam());
        match then.date() == today.date() {
            true => text::clock(at),
            false => format!("{} {:02}/{:02}", text::clock(at), then.day(), then.month()),
        }
    }
}

//! Every sentence of the status, Vietnamese and English. `{}` is the number or name in it.

use domain::Span;
use history::HistoryState;

/// A sentence in both languages.
pub(super) struct Sentence {
    vi: &'static str,
    en: &'static str,
}

pub(super) const NOT_WRITING: Sentence = Sentence {
    vi: "Không ghi được dữ liệu: trạm gửi số liệu nhưng không được xác nhận, không cảnh báo nào được phát. Kiểm tra ổ đĩa của máy chủ.",
    en: "Nothing can be stored: stations get no acknowledgement and no warning goes out. Look at the disk of the server.",
};
pub(super) const NOT_LISTENING: Sentence = Sentence {
    vi: "Cổng nhận số liệu ({}) không hoạt động: không trạm nào kết nối được.",
    en: "The intake ({}) is not listening: no station can connect.",
};
pub(super) const EXTERNAL_AWAY: Sentence = Sentence {
    vi: "Không kết nối được máy chủ MQTT ngoài {}: số liệu đi qua đó chưa đến được đây. Kiểm tra máy chủ đó và đường truyền.",
    en: "The external broker {} cannot be reached: readings that go through it do not arrive. Look at that broker and the link to it.",
};
pub(super) const EXTERNAL_UNSUBSCRIBED: Sentence = Sentence {
    vi: "Máy chủ MQTT ngoài {} không cho đăng ký chủ đề số liệu: xem phân quyền (ACL) của tài khoản trên máy chủ đó.",
    en: "The external broker {} refuses a subscription: look at the rights (ACL) of the account there.",
};
pub(super) const EXTERNAL_CERTIFICATE: Sentence = Sentence {
    vi: "Kết nối TLS với máy chủ MQTT ngoài {} không thành vì chứng thư không được chấp nhận. Kiểm tra chứng thư, hạn dùng và nơi cấp.",
    en: "TLS with the external broker {} fails because a certificate is not accepted. Look at the certificates, their dates and their authority.",
};
pub(super) const EXTERNAL_ACCOUNT: Sentence = Sentence {
    vi: "Máy chủ MQTT ngoài {} từ chối tài khoản: kiểm tra tên đăng nhập, mật khẩu và client id.",
    en: "The external broker {} does not accept the account: look at user name, password and client id.",
};
pub(super) const EXTERNAL_PAUSED: Sentence = Sentence {
    vi: "Tạm ngừng nhận từ máy chủ MQTT ngoài {} vì không ghi được dữ liệu; số liệu được giữ lại ở đó.",
    en: "Nothing is taken from the external broker {} because nothing can be stored; readings wait there.",
};
pub(super) const EXTERNAL_FORGOT: Sentence = Sentence {
    vi: "Máy chủ MQTT ngoài {} đã quên phiên kết nối: số liệu chờ ở đó có thể đã mất. Bật lưu bền (persistence) trên máy chủ đó.",
    en: "The external broker {} has forgotten the session: readings that waited there may be lost. Switch persistence on there.",
};
pub(super) const EXTERNAL_OUT: Sentence = Sentence {
    vi: "Không gửi được số liệu và cảnh báo sang máy chủ MQTT ngoài {}; sẽ gửi tiếp khi kết nối lại được.",
    en: "Readings and warnings do not reach the external broker {}; they follow when it can be reached.",
};
pub(super) const CLOCK_AHEAD: Sentence = Sentence {
    vi: "Đồng hồ máy chủ chạy trước {} so với giờ của hệ thống; cảnh báo vẫn chạy tiếp theo thời gian trôi qua. Kiểm tra giờ của máy chủ ngay: nếu sai thì chỉnh lại, nếu đúng thì quản trị viên xác nhận.",
    en: "The server's clock is {} ahead of the system's own time; warnings go on by elapsed time. Look at the server's clock now: if it is wrong, set it; if it is right, an administrator confirms it.",
};
pub(super) const CLOCK_BEHIND: Sentence = Sentence {
    vi: "Đồng hồ máy chủ chạy sau {} so với giờ của hệ thống; cảnh báo vẫn chạy tiếp theo thời gian trôi qua. Kiểm tra giờ của máy chủ ngay: nếu sai thì chỉnh lại, nếu đúng thì quản trị viên xác nhận.",
    en: "The server's clock is {} behind the system's own time; warnings go on by elapsed time. Look at the server's clock now: if it is wrong, set it; if it is right, an administrator confirms it.",
};
pub(super) const CONFIG_REFUSED: Sentence = Sentence {
    vi: "Cấu hình mới có lỗi và đã bị từ chối toàn bộ; cấu hình cũ vẫn có hiệu lực. Chạy `quantrac check-config` để xem lỗi.",
    en: "The changed configuration has faults and was refused as a whole; the old one stays in force. Run `quantrac check-config` to see them.",
};
pub(super) const SILENT: Sentence = Sentence {
    vi: "{} không gửi số liệu: không biết mực nước và mưa ở đó, không có nghĩa là an toàn.",
    en: "{} silent: what happens there is unknown, which does not mean safe.",
};
pub(super) const DEAD: Sentence = Sentence {
    vi: "{} thông báo không gửi được đến người nhận. Xem danh sách thông báo và báo cho họ bằng cách khác.",
    en: "{} notices could not be delivered. Look at the list of notices and tell these people another way.",
};
pub(super) const EXERCISE: Sentence = Sentence {
    vi: "ĐANG DIỄN TẬP: số liệu và cảnh báo ở đây không có thật.",
    en: "EXERCISE: data and warnings here are not real.",
};

const HISTORY_UNREACHABLE: Sentence = Sentence {
    vi: "Không kết nối được máy chủ lưu trữ lâu dài (InfluxDB). Số liệu vẫn nhận, vẫn cảnh báo và vẫn được giữ; sẽ tự ghi bù.",
    en: "The long-term store (InfluxDB) cannot be reached. Data are taken, warned of and kept; it is filled in by itself.",
};
const HISTORY_HUNG: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) không trả lời. Số liệu vẫn nhận, vẫn cảnh báo và vẫn được giữ; sẽ tự ghi bù.",
    en: "The long-term store (InfluxDB) does not answer. Data are taken, warned of and kept; it is filled in by itself.",
};
const HISTORY_UNAUTHORIZED: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) từ chối mã truy cập: ghi mã đúng vào thư mục secrets, không cần khởi động lại.",
    en: "The long-term store (InfluxDB) refuses the token: write the right one into the secrets folder; no restart is needed.",
};
const HISTORY_NO_BUCKET: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) không có tổ chức hoặc kho đã đặt và không cho tạo: xem mục [history] trong tệp cài đặt.",
    en: "The long-term store (InfluxDB) lacks the organisation or bucket and lets none be made: see [history] in the settings.",
};
const HISTORY_TOO_MANY: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) yêu cầu gửi chậm lại; số liệu chờ và sẽ tự ghi bù.",
    en: "The long-term store (InfluxDB) wants fewer requests; data wait and are filled in by themselves.",
};
const HISTORY_REFUSING: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) từ chối mọi số liệu gửi đến: xem lý do ở trang tình trạng khi đã đăng nhập.",
    en: "The long-term store (InfluxDB) refuses everything that is sent: sign in to see its reason in the status.",
};
const HISTORY_FULL: Sentence = Sentence {
    vi: "Ổ đĩa của máy chủ lưu trữ lâu dài (InfluxDB) đã đầy hoặc chỉ đọc. Số liệu vẫn được giữ ở đây và sẽ tự ghi bù.",
    en: "The disk of the long-term store (InfluxDB) is full or read-only. Data are kept here and filled in by themselves.",
};
const HISTORY_BROKEN: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) báo lỗi. Số liệu vẫn được giữ ở đây và sẽ tự ghi bù.",
    en: "The long-term store (InfluxDB) reports a fault. Data are kept here and filled in by themselves.",
};
const HISTORY_UNREADABLE: Sentence = Sentence {
    vi: "Không đọc được sổ cái để ghi sang máy chủ lưu trữ lâu dài (InfluxDB): kiểm tra ổ đĩa của máy chủ.",
    en: "The ledger cannot be read to feed the long-term store (InfluxDB): look at the disk of the server.",
};
pub(super) const HISTORY_EMPTIED: Sentence = Sentence {
    vi: "Máy chủ lưu trữ lâu dài (InfluxDB) đã mất số liệu từng có; đang tự ghi lại từ sổ cái.",
    en: "The long-term store (InfluxDB) lost what it had; it is being filled again from the ledger.",
};
pub(super) const HISTORY_REFUSED: Sentence = Sentence {
    vi: "{} điểm số liệu bị máy chủ lưu trữ lâu dài (InfluxDB) từ chối và được để riêng, phần còn lại vẫn được ghi: “quantrac history status” cho biết lý do, “quantrac history rebuild” ghi lại.",
    en: "{} points were refused by the long-term store (InfluxDB) and put aside, the rest goes on: 'quantrac history status' tells why, 'quantrac history rebuild' tries again.",
};

/// What a fault of the history is called.
pub(super) const fn history(state: HistoryState) -> &'static Sentence {
    match state {
        HistoryState::Hung => &HISTORY_HUNG,
        HistoryState::Unauthorized => &HISTORY_UNAUTHORIZED,
        HistoryState::NoBucket => &HISTORY_NO_BUCKET,
        HistoryState::TooMany => &HISTORY_TOO_MANY,
        HistoryState::Refusing => &HISTORY_REFUSING,
        HistoryState::Full => &HISTORY_FULL,
        HistoryState::ServerError => &HISTORY_BROKEN,
        HistoryState::Unreadable => &HISTORY_UNREADABLE,
        _ => &HISTORY_UNREACHABLE,
    }
}

/// Most stations named in a sentence.
const NAMED: usize = 3;

impl Sentence {
    /// In both languages, with that in the place of `{}`.
    pub(super) fn with(&self, word: &str) -> (String, String) {
        (self.vi.replace("{}", word), self.en.replace("{}", word))
    }

    /// In both languages, with how long something is.
    pub(super) fn with_span(&self, span: Span) -> (String, String) {
        let minutes = span.millis() / 60_000;
        let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        let say = |units: [&str; 3]| match (days, hours) {
            (0, 0) => format!("{minutes} {}", units[2]),
            (0, _) => format!("{hours} {} {minutes} {}", units[1], units[2]),
            _ => format!("{days} {} {hours} {}", units[0], units[1]),
        };
        let (vi, en) = (say(["ngày", "giờ", "phút"]), say(["days", "h", "min"]));
        (self.vi.replace("{}", &vi), self.en.replace("{}", &en))
    }

    /// In both languages, with a list of stations.
    pub(super) fn with_stations(&self, names: &[&str]) -> (String, String) {
        let shown = names[..names.len().min(NAMED)].join(", ");
        let more = names.len().saturating_sub(NAMED);
        let (vi, en) = match more {
            0 => (format!("Trạm {shown}"), format!("Stations {shown}")),
            more => (
                format!("Trạm {shown} và {more} trạm khác"),
                format!("Stations {shown} and {more} more"),
            ),
        };
        (self.vi.replace("{}", &vi), self.en.replace("{}", &en))
    }
}

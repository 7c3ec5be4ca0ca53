//! Every sentence of the status, Vietnamese and English. `{}` is the number or name in it.

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
pub(super) const CLOCK_HELD: Sentence = Sentence {
    vi: "Đồng hồ máy chủ đột ngột chạy trước hơn 10 phút và chưa được tin: giờ ở đây được đếm tiếp từ trước đó. Kiểm tra giờ của máy chủ ngay.",
    en: "The server's clock jumped ahead by more than 10 minutes and is not believed: time here goes on from before. Look at the server's clock now.",
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

/// Most stations named in a sentence.
const NAMED: usize = 3;

impl Sentence {
    /// In both languages, with that in the place of `{}`.
    pub(super) fn with(&self, word: &str) -> (String, String) {
        (self.vi.replace("{}", word), self.en.replace("{}", word))
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

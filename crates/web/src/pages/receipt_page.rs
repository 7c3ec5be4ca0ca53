//! What the receipt page says.

use domain::notice::NoticeBody;
use domain::text::moment;
use domain::{Realm, Time};
use pack::Pack;
use store::{NoticeRecord, NoticeState};

use super::html::escape;
use crate::api::sender;

/// Looks of the page: large, high contrast, one column, light and dark.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:18px/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem}\
h1{font-size:1.4rem;line-height:1.3}\
.realm{border:3px solid;padding:.5rem;font-weight:700}\
.done{border-left:6px solid #2b8a3e;padding-left:.75rem}\
p{white-space:pre-line}\
button{font:inherit;font-weight:700;width:100%;min-height:3.5rem;margin-top:1rem}\
footer{opacity:.75;font-size:.85rem;margin-top:2rem}";

struct Words {
    language: &'static str,
    exercise: &'static str,
    test: &'static str,
    to: &'static str,
    waits: &'static str,
    button: &'static str,
    confirmed: &'static str,
    over: &'static str,
    now: &'static str,
}

const VIETNAMESE: Words = Words {
    language: "vi",
    exercise: "DIỄN TẬP – không có thật",
    test: "THỬ HỆ THỐNG – không có thật",
    to: "Gửi đến",
    waits: "Bản dự thảo này đang chờ quyết định. Nút dưới đây chỉ báo rằng bạn đã nhận được; để phát hoặc hủy, hãy đăng nhập.",
    button: "Tôi đã nhận được",
    confirmed: "Đã xác nhận lúc",
    over: "Thông báo này có hiệu lực đến",
    now: "Trang mở lúc",
};
const ENGLISH: Words = Words {
    language: "en",
    exercise: "EXERCISE – not real",
    test: "SYSTEM TEST – not real",
    to: "Sent to",
    waits: "This draft waits for a decision. The button below only says that you received it; sign in to issue or reject it.",
    button: "I have received this",
    confirmed: "Confirmed at",
    over: "This message holds until",
    now: "Page opened at",
};

/// The page of a notice.
pub(super) fn page(record: &NoticeRecord, pack: &Pack, now: Time) -> String {
    let notice = &record.notice;
    let message = notice.body.message();
    let english = notice.language == "en";
    let (words, text) =
        if english { (ENGLISH, &message.text.en) } else { (VIETNAMESE, &message.text.vi) };
    let (sender_vi, sender_en) = sender(pack, now);
    let realm = match notice.realm {
        Realm::Actual => String::new(),
        Realm::Exercise => format!("<p class=\"realm\">{}</p>", words.exercise),
        Realm::Test => format!("<p class=\"realm\">{}</p>", words.test),
    };
    let waits = match notice.body {
        NoticeBody::Confirm(_) => format!("<p>{}</p>", words.waits),
        NoticeBody::Message(_) => String::new(),
    };
    let body = format!(
        "{realm}<h1>{headline}</h1><p>{description}</p><p>{instruction}</p>{waits}{act}\
         <footer>{to}: {recipient}<br>{over} {expires}<br>{now_word} {now}<br>{sender}</footer>",
        headline = escape(&text.headline),
        description = escape(&text.description),
        instruction = escape(&text.instruction),
        act = act(record, &words),
        to = words.to,
        recipient = escape(&notice.recipient_name),
        over = words.over,
        expires = moment(message.expires_at),
        now_word = words.now,
        now = moment(now),
        sender = escape(if english { &sender_en } else { &sender_vi }),
    );
    frame(words.language, &text.headline, &body)
}

/// The button, or when it was pressed.
fn act(record: &NoticeRecord, words: &Words) -> String {
    let line = record.history.iter().find(|line| line.state == NoticeState::Confirmed);
    match line {
        Some(line) => format!("<p class=\"done\">{} {}</p>", words.confirmed, moment(line.at)),
        None => format!("<form method=\"post\"><button>{}</button></form>", words.button),
    }
}

/// The page of a link that is not ours.
pub(super) fn stranger() -> String {
    let body = "<h1>Liên kết không đúng</h1><p>Liên kết này không còn đúng hoặc bị cắt. Hãy mở lại từ tin nhắn gốc.</p>\
                <p lang=\"en\">This link is wrong or was cut. Open it again from the message.</p>";
    frame("vi", "Liên kết không đúng", body)
}

fn frame(language: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/receipt.css\"></head><body>{body}</body></html>",
        escape(title)
    )
}

//! What stands around every light page, and how it looks.

use std::fmt::Write as _;

use domain::{Realm, text};

use super::facts::Sight;
use super::words::{AS_FAR, EXERCISE, FULL, LIGHT, Language, MADE, TEST, ZONE};
use crate::pages::html::escape;

/// Most bytes of a page together with its looks.
pub(super) const MOST: usize = 15_000;

/// Looks: one column on a phone, light and dark, and nothing that is told by colour alone.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.4 'Noto Sans',system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:.5rem}\
h1{font-size:1.2rem;margin:.25rem 0}h2{font-size:1.05rem;margin:1rem 0 .25rem}h3{font-size:1rem;margin:0}p{margin:.25rem 0}\
table{border-collapse:collapse;width:100%}th,td{border-top:1px solid;padding:.3rem .4rem;text-align:left;vertical-align:top}\
thead th{border:0}tbody th{font-weight:400}td b{white-space:nowrap}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.r{border:3px double;padding:.4rem;font-weight:700;text-align:center}\
.w{border-left:.4rem solid;padding-left:.6rem;margin:.6rem 0}\
.l1 th,.l2 th,.l3 th,.l4 th{border-left:4px solid}.l3,.l4,.now{font-weight:700}\
.l3 th,.l4 th,.now th{font-weight:700}.old{opacity:.75;font-style:italic}\
small,footer{font-size:.85rem}a{display:inline-block;padding:.2rem 0}svg{width:100%;height:auto;max-width:40rem}\
@media(max-width:40em){.c thead{display:none}.c tr{display:block;border-top:1px solid;padding:.3rem 0}\
.c th,.c td{display:inline-block;border:0;padding:0 .6rem 0 0}.c td:nth-of-type(2){display:block}.c tbody th{display:block;padding-left:.3rem}}";

/// The page around its body.
pub(super) fn page(sight: &Sight, language: Language, refresh: u16, here: &Here<'_>) -> String {
    let about = &sight.pack.about;
    let site = escape(language.of(&about.title_vi, &about.title_en));
    let realm = match sight.realm {
        Realm::Actual => String::new(),
        Realm::Exercise => format!("<p class=r>{}</p>", language.say(EXERCISE)),
        Realm::Test => format!("<p class=r>{}</p>", language.say(TEST)),
    };
    let title = match here.title {
        "" => site.clone(),
        title => format!("{} – {site}", escape(title)),
    };
    let mut html = head(language, &title, refresh);
    let (light, made, zone) = (language.say(LIGHT), language.say(MADE), language.say(ZONE));
    let _ = write!(
        html,
        "{realm}<h1>{site} <small>({light})</small></h1><p>{made} <b>{}</b> ({zone}) · {} · <a href=\"{}\">{}</a>",
        text::moment(sight.now),
        other_language(language, here.path),
        escape(here.full),
        language.say(FULL),
    );
    html.push_str(here.body);
    let _ = write!(html, "<footer><p>{}</footer>", language.say(AS_FAR));
    html
}

/// What a page adds to its frame.
pub(super) struct Here<'a> {
    /// Its own title, not escaped; empty = that of the site.
    pub(super) title: &'a str,
    /// Its address without the language.
    pub(super) path: &'a str,
    /// The same on the full page.
    pub(super) full: &'a str,
    /// Ready HTML.
    pub(super) body: &'a str,
}

fn other_language(language: Language, path: &str) -> String {
    match language {
        Language::Vietnamese => {
            let address = with_language(path, Language::English);
            format!("<a href=\"{}\" lang=en>English</a>", escape(&address))
        }
        Language::English => format!("<a href=\"{}\" lang=vi>Tiếng Việt</a>", escape(path)),
    }
}

/// The address in that language.
pub(super) fn with_language(path: &str, language: Language) -> String {
    match (language, path.contains('?')) {
        (Language::Vietnamese, _) => path.to_owned(),
        (Language::English, true) => format!("{path}&lang=en"),
        (Language::English, false) => format!("{path}?lang=en"),
    }
}

fn head(language: Language, title: &str, refresh: u16) -> String {
    format!(
        "<!doctype html><html lang={}><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=refresh content={refresh}><title>{title}</title>\
         <link rel=stylesheet href=\"/nhe.css\"><link rel=icon href=\"/favicon.svg\">",
        language.code()
    )
}

/// The page of a refusal: it tries again by itself.
pub(super) fn refusal(language: Language, refresh: u16, words: &str) -> String {
    let mut html = head(language, words, refresh);
    let address = escape(&with_language("/nhe", language));
    let _ = write!(html, "<h1>{words}</h1><p><a href=\"{address}\">{}</a>", language.say(LIGHT));
    html
}

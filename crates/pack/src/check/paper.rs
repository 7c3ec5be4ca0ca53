//! Checks what is printed: impacts under levels, and the heads of bulletins.

use super::Checker;

/// Longest line of a bulletin's head, and longest text of an impact, characters.
const LONGEST: usize = 200;

impl Checker<'_> {
    pub(super) fn impacts(&mut self) {
        let pack = self.pack;
        for level in &pack.levels {
            let key = format!("level ({} {}).impacts", level.station, level.name);
            for impact in &level.impacts {
                let texts = [
                    ("text_vi", &impact.text_vi),
                    ("text_en", &impact.text_en),
                    ("source", &impact.source),
                ];
                for (name, text) in texts {
                    self.line("levels.toml", &format!("{key}.{name}"), text);
                }
            }
        }
    }

    pub(super) fn agencies(&mut self) {
        let pack = self.pack;
        for agency in &pack.agencies {
            let key = |name: &str| format!("agency ({}).{name}", agency.role);
            let given = [
                ("above_vi", &agency.above_vi),
                ("above_en", &agency.above_en),
                ("place", &agency.place),
                ("code", &agency.code),
                ("signer_vi", &agency.signer_vi),
                ("signer_en", &agency.signer_en),
            ];
            for (name, text) in given {
                if let Some(text) = text {
                    self.line("agencies.toml", &key(name), text);
                }
            }
            let pairs = [
                ("above_en", &agency.above_vi, &agency.above_en),
                ("signer_en", &agency.signer_vi, &agency.signer_en),
            ];
            for (name, vi, en) in pairs {
                let both = vi.is_some() == en.is_some();
                let problem = "give it in both languages, or in neither";
                self.demand(both, "agencies.toml", key(name), &agency.name_vi, problem);
            }
        }
    }

    fn line(&mut self, file: &str, key: &str, text: &str) {
        let fits = !text.trim().is_empty()
            && text.chars().count() <= LONGEST
            && !text.chars().any(char::is_control);
        self.demand(fits, file, key, text, "write one line of 1 to 200 characters");
    }
}

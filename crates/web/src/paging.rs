//! Lists in pages: a limit, and a cursor that says where to go on.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Kind, Problem};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// What is on this page.
    pub(crate) items: Vec<T>,
    /// Pass it as `cursor` to get the next page; null = this is the last.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `items`, of which one more than `limit` was read, to a page.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }

    /// The same page with every item turned into something else.
    pub(crate) fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// The number of items asked for, `default` when nothing was said.
pub(crate) fn limit(asked: Option<usize>, default: usize, most: usize) -> Result<usize, Problem> {
    match asked {
        None => Ok(default),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(Problem::new(Kind::Malformed, format!("limit is 1 to {most}, not {limit}")))
        }
    }
}

/// The cursor as what it was made from.
pub(crate) fn cursor<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Problem> {
    let parse = |text: &str| {
        let problem = || Problem::new(Kind::Malformed, "cursor is not one that this list gave");
        text.parse().map_err(|_| problem())
    };
    text.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_next_only_when_there_is_more() {
        let check = |count: u32, expected: Option<&str>| {
            let page = Page::cut((0..count).collect(), 3, u32::to_string);
            assert_eq!(page.next.as_deref(), expected);
            assert!(page.items.len() <= 3);
        };
        check(0, None);
        check(3, None);
        check(4, Some("2"));
    }
}

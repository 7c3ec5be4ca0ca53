//! The rows of an answer in Flux' annotated CSV, taken apart as they come.

use std::collections::BTreeMap;

/// One row: names from the head of its table.
pub struct Row<'a> {
    names: &'a csv::StringRecord,
    values: &'a csv::StringRecord,
}

impl Row<'_> {
    /// What stands in that column; `None` when there is nothing, or no such column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let column = self.names.iter().position(|known| known == name)?;
        self.values.get(column).filter(|value| !value.is_empty())
    }

    /// All of it: column → text, without the columns that have nothing.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let cells = self.names.iter().zip(self.values);
        let cells = cells.filter(|(name, value)| !name.is_empty() && !value.is_empty());
        cells.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// An answer that is being read.
#[derive(Default)]
pub(crate) struct Rows {
    /// What came after the last whole line.
    rest: Vec<u8>,
    names: csv::StringRecord,
    /// The next record is the head of a table.
    head: bool,
}

impl Rows {
    /// Takes more of the answer.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        each: &mut impl FnMut(&Row<'_>),
    ) -> Result<(), String> {
        self.rest.extend_from_slice(bytes);
        let whole = whole_lines(&self.rest);
        let tail = self.rest.split_off(whole);
        let lines = std::mem::replace(&mut self.rest, tail);
        self.parse(&lines, each)
    }

    /// The answer is over.
    pub(crate) fn end(mut self, each: &mut impl FnMut(&Row<'_>)) -> Result<(), String> {
        let lines = std::mem::take(&mut self.rest);
        self.parse(&lines, each)
    }

    fn parse(&mut self, lines: &[u8], each: &mut impl FnMut(&Row<'_>)) -> Result<(), String> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(lines);
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            if record.get(0).is_some_and(|first| first.starts_with('#')) {
                self.head = true;
            } else if self.head {
                (self.names, self.head) = (record, false);
            } else {
                let row = Row { names: &self.names, values: &record };
                match row.get("error") {
                    // A question can fail in the middle of its answer.
                    Some(error) if row.get("_time").is_none() => return Err(error.to_owned()),
                    _ => each(&row),
                }
            }
        }
        Ok(())
    }
}

/// Length up to behind the last line end that is not inside quotes.
fn whole_lines(bytes: &[u8]) -> usize {
    let (mut quoted, mut end) = (false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => end = at + 1,
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "#datatype,string,long,double,string\r\n,result,table,_value,a\r\n,,0,1.5,\"x\r\ny\"\r\n,,0,,z\r\n\r\n\
                          #datatype,string,long,boolean\r\n,result,table,b\r\n,,1,true\r\n\r\n";

    #[test]
    fn rows_are_the_same_however_the_answer_is_cut() {
        let read = |step: usize| {
            let (mut rows, mut seen) = (Rows::default(), Vec::new());
            let mut each = |row: &Row<'_>| {
                seen.push(["_value", "a", "b"].map(|name| row.get(name).map(str::to_owned)));
            };
            for chunk in ANSWER.as_bytes().chunks(step) {
                rows.take(chunk, &mut each).expect("rows");
            }
            rows.end(&mut each).expect("the end");
            seen
        };
        let whole = read(ANSWER.len());
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(whole[0], [text("1.5"), text("x\r\ny"), None]);
        assert_eq!(whole[1], [None, text("z"), None]);
        assert_eq!(whole[2], [None, None, text("true")]);
        (1..40).for_each(|step| assert_eq!(read(step), whole, "cut every {step} bytes"));
    }

    #[test]
    fn an_error_in_the_middle_of_an_answer_is_an_error() {
        let mut rows = Rows::default();
        let answer = "#datatype,string,string\r\n,error,reference\r\n,it broke,897\r\n";
        let told = rows.take(answer.as_bytes(), &mut |_| {}).expect_err("an error");
        assert_eq!(told, "it broke");
    }
}

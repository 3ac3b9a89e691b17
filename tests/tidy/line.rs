//! A line of a text: where it stands, and which words it has.

use std::collections::BTreeMap;

/// One line of one file.
pub(crate) struct Line<'a> {
    pub(crate) file: &'a str,
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

impl Line<'_> {
    pub(crate) fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.file.starts_with(place))
    }

    /// Whether the code of the line, without its comment, has the word.
    pub(crate) fn names(&self, word: &str) -> bool {
        let code = match self.text.trim_start().starts_with("//") {
            true => "",
            false => self.text.split(" //").next().unwrap_or_default(),
        };
        words(code).any(|found| found == word)
    }

    pub(crate) fn has_word(&self, word: &str) -> bool {
        words(self.text).any(|found| found == word)
    }

    pub(crate) fn place(&self) -> String {
        format!("{}:{}: {}", self.file, self.number, self.text.trim())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

pub(crate) fn every_line(texts: &BTreeMap<String, String>) -> impl Iterator<Item = Line<'_>> {
    texts.iter().flat_map(|(file, text)| {
        text.lines().enumerate().map(move |(number, text)| Line { file, number: number + 1, text })
    })
}

//! What is wrong with a request: each fault for itself, and as many of them as a person reads.

use serde::Serialize;

use crate::domain::code::Code;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The field at fault: `params.fps`, `photo`.
    pub field: String,
    /// Stable code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into(), remedy: remedy.into() }
    }
}

/// What is wrong with one request: its first faults, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    told: Vec<Fault>,
    more: u64,
}

impl Faults {
    /// So many are told. Whoever has more has made the same mistake often.
    pub const MOST_TOLD: usize = 100;

    /// Adds one, which is put into words only if it is told.
    pub fn add(&mut self, fault: impl FnOnce() -> Fault) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.told.push(fault());
        }
    }

    /// Adds so many more that nobody tells.
    pub fn add_untold(&mut self, more: u64) {
        self.more += more;
    }

    /// Adds all of these.
    pub fn extend(&mut self, faults: Self) {
        for fault in faults.told {
            self.add(|| fault);
        }
        self.more += faults.more;
    }

    /// Puts one before all others, and tells the last one no more if there are too many.
    pub fn put_first(&mut self, fault: Fault) {
        let last = if self.is_full() { self.told.pop() } else { None };
        self.more += u64::from(last.is_some());
        self.told.insert(0, fault);
    }

    /// Those that are told.
    pub fn told(&self) -> &[Fault] {
        &self.told
    }

    /// Lets those that are told be put in other words.
    pub fn told_mut(&mut self) -> &mut [Fault] {
        &mut self.told
    }

    /// Those that are told, without the number of the others.
    pub fn into_told(self) -> Vec<Fault> {
        self.told
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.told.len() as u64 + self.more
    }

    /// Whether further ones would not be told.
    pub fn is_full(&self) -> bool {
        self.told.len() >= Self::MOST_TOLD
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        let mut all = Self::default();
        for fault in faults {
            all.add(|| fault);
        }
        all
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        faults.into_iter().collect()
    }
}

/// What somebody has sent, short enough for a sentence.
pub fn excerpt(text: &str) -> String {
    const LENGTH: usize = 60;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(n: u64) -> Fault {
        Fault::new(n.to_string(), Code::FieldUnknown, "", "")
    }

    #[test]
    fn a_hundred_are_told_and_the_others_counted() {
        let mut faults: Faults = (0..60).map(fault).collect();
        faults.extend((60..60_000).map(fault).collect());
        assert_eq!((faults.told().len(), faults.count()), (100, 60_000));
        faults.put_first(fault(60_000));
        assert_eq!((faults.told().len(), faults.count()), (100, 60_001));
        assert_eq!((&*faults.told()[0].field, &*faults.told()[99].field), ("60000", "98"));
        faults.add(|| panic!("this is put into words although nobody is told"));
        assert_eq!(faults.count(), 60_002);
    }

    #[test]
    fn an_excerpt_has_whole_characters() {
        assert_eq!(excerpt("ä"), "ä");
        assert_eq!(excerpt(&"ä".repeat(61)), format!("{}…", "ä".repeat(60)));
    }
}

//! The words after a chore: `--name VALUE` or `--name=VALUE`, switches, and the rest.

use anyhow::{Result, bail};

/// Words that are taken away one by one; what is left at the end was not understood.
pub(crate) struct Arguments {
    left: Vec<String>,
    /// The options and switches that a chore has asked for.
    known: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(words: &[String]) -> Self {
        Self { left: words.to_vec(), known: Vec::new() }
    }

    /// The value of `--name`, if it was given.
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>> {
        let flag = format!("--{name}");
        let joined = format!("--{name}=");
        self.known.push(flag.clone());
        let Some(place) = self.left.iter().position(|word| *word == flag || word.starts_with(&joined)) else {
            return Ok(None);
        };
        let word = self.left.remove(place);
        let value = match word.strip_prefix(&joined) {
            Some(value) => value.to_owned(),
            None if place < self.left.len() => self.left.remove(place),
            None => bail!("{flag} takes a value"),
        };
        if self.left.iter().any(|word| *word == flag || word.starts_with(&joined)) {
            bail!("{flag} is given twice");
        }
        Ok(Some(value))
    }

    /// Whether `--name` was given.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let flag = format!("--{name}");
        let before = self.left.len();
        self.left.retain(|word| *word != flag);
        self.known.push(flag);
        self.left.len() < before
    }

    /// The first word that is no option.
    pub(crate) fn word(&mut self) -> Option<String> {
        let place = self.left.iter().position(|word| !word.starts_with("--"))?;
        Some(self.left.remove(place))
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<()> {
        match self.left.as_slice() {
            [] => Ok(()),
            left if self.known.is_empty() => {
                bail!("cannot make sense of {}: this chore has no options", left.join(" "))
            }
            left => bail!("cannot make sense of {}; there are {}", left.join(" "), self.known.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_switches_and_words_come_in_any_order() {
        let mut given = arguments("--debug ditto --out=a.mp4 --photo me.jpg");
        assert!(given.switch("debug"));
        assert!(!given.switch("release"));
        assert_eq!(given.option("photo").unwrap().as_deref(), Some("me.jpg"));
        assert_eq!(given.option("out").unwrap().as_deref(), Some("a.mp4"));
        assert_eq!(given.option("speech").unwrap(), None);
        assert_eq!(given.word().as_deref(), Some("ditto"));
        given.finish().unwrap();
    }

    #[test]
    fn what_is_missing_double_or_unknown_is_named() {
        assert_eq!(arguments("--photo").option("photo").unwrap_err().to_string(), "--photo takes a value");
        let twice = arguments("--out a --out=b").option("out").unwrap_err();
        assert_eq!(twice.to_string(), "--out is given twice");
        let mut unknown = arguments("--phto me.jpg --debug");
        assert!(unknown.option("photo").unwrap().is_none() && unknown.switch("debug"));
        let error = unknown.finish().unwrap_err().to_string();
        assert_eq!(error, "cannot make sense of --phto me.jpg; there are --photo, --debug");
        let error = arguments("now").finish().unwrap_err().to_string();
        assert_eq!(error, "cannot make sense of now: this chore has no options");
    }
}

//! A text that says yes or no.

use std::str::FromStr;

/// `true` or `false`, in capitals as well: Python writes `True`.
pub(super) struct Flag(pub(super) bool);

/// A text that is neither.
pub(super) struct NoFlag;

impl FromStr for Flag {
    type Err = NoFlag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_ascii_lowercase().parse().map(Self).map_err(|_| NoFlag)
    }
}

#[cfg(test)]
mod tests {
    use super::Flag;

    #[test]
    fn a_flag_is_yes_or_no_as_programs_write_it() {
        let read = |text: &str| text.parse().ok().map(|Flag(flag)| flag);
        assert_eq!(["true", "True", "FALSE", "false"].map(read), [Some(true), Some(true), Some(false), Some(false)]);
        assert_eq!(["1", "yes", "", " true"].map(read), [None; 4]);
    }
}

//! Prints numbered steps, each with the time it took.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Announces steps one after the other.
pub(crate) struct Steps {
    begun: Instant,
    number: usize,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), number: 0 }
    }

    /// Announces a step, does it, and says how long it took. A failure is left to the caller to explain.
    pub(crate) fn step<T>(&mut self, title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.number += 1;
        println!("{}", bold(&format!("{}. {title}", self.number)));
        let begun = Instant::now();
        let result = work()?;
        println!("   done in {}\n", spoken(begun.elapsed()));
        Ok(result)
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    pub(crate) fn elapsed(&self) -> String {
        spoken(self.begun.elapsed())
    }
}

/// Emphasised on a terminal, plain elsewhere.
pub(crate) fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Names on the left, what they are on the right.
pub(crate) fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, what) in rows {
        writeln!(text, "   {name:width$}  {what}").expect("a string takes any text");
    }
    text
}

/// A length of time as people say it.
fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{spoken, table};

    #[test]
    fn times_are_short_and_readable() {
        assert_eq!(spoken(Duration::from_millis(40)), "0.0 s");
        assert_eq!(spoken(Duration::from_millis(1_260)), "1.3 s");
        assert_eq!(spoken(Duration::from_secs(185)), "3 min 5 s");
    }

    #[test]
    fn tables_are_aligned() {
        let rows = [("size", "4 kB".to_owned()), ("picture", "512 x 512".to_owned())];
        assert_eq!(table(&rows), "   size     4 kB\n   picture  512 x 512\n");
    }
}

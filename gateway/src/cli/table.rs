//! Tables for people: a line of heads, columns two blanks apart, no wider than the terminal, or than 80 columns.

use std::fmt;
use std::io;

use comfy_table::{ColumnConstraint, ContentArrangement};
use terminal_size::{Width, terminal_size_of};

use crate::cli::job_text::plain;

/// The width where there is no terminal.
const USUAL_WIDTH: u16 = 80;
/// No table gets narrower, whatever the terminal is.
const LEAST_WIDTH: u16 = 40;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// As wide as what stands in it, for what is short, or is copied from there.
    Whole(&'static str),
    /// Goes on in the next line where there is no room.
    Wrapped(&'static str),
}

/// A table that fills up.
#[derive(Debug)]
pub(super) struct Table(comfy_table::Table);

impl Table {
    /// A table without rows. Where no column has a head, there is no line of heads.
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width());
        let heads = columns.iter().map(|column| match column {
            Column::Whole(head) | Column::Wrapped(head) => *head,
        });
        table.set_header(heads.clone().collect::<Vec<_>>());
        for (own, column) in table.column_iter_mut().zip(columns) {
            own.set_padding((0, 2));
            if matches!(column, Column::Whole(_)) {
                own.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        Self(table)
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells.map(|cell| plain(&cell)).to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.lines().map(|line| line.trim_end().to_owned()).collect();
        f.write_str(lines.join("\n").trim_start_matches('\n'))
    }
}

/// How wide a table may be. What stands behind the last column needs no room, as it is blank.
fn width() -> u16 {
    let columns = terminal_size_of(io::stdout()).map_or(USUAL_WIDTH, |(Width(columns), _)| columns);
    columns.max(LEAST_WIDTH) + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_the_width_and_cuts_nothing() {
        let mut table = Table::new(&[Column::Whole("ID"), Column::Wrapped("TEXT")]);
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        table.row([id.into(), "eine Zeile mit Umlauten äöü und noch viel mehr Wörtern als in achtzig passen".into()]);
        table.row([String::new(), "b\u{1b}[31mred".into()]);
        let text = table.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80 && !line.ends_with(' ')), "{text}");
        assert_eq!(lines[0], format!("{:36}  TEXT", "ID"));
        assert!(lines[1].starts_with(&format!("{id}  eine Zeile")) && lines.len() == 4, "{text}");
        assert!(text.contains("achtzig") && !text.contains('\u{1b}'), "{text}");
    }
}

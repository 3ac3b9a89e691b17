//! The table at the end: a line for each kind.

use std::time::Duration;

use crate::torture::report::Report;

const HEAD: [&str; 10] = ["kind", "faults", "tried", "failed", "lost", "wrong", "p50 ms", "p99 ms", "restarts", "time"];

/// The reports as a table whose columns are aligned; those that could not be tried stand below it.
pub(super) fn table(reports: &[Report]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(reports.iter().filter(|report| report.skipped.is_none()).map(row));
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        text += "  ";
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            text += &if column == 0 { format!(" {cell:width$}") } else { format!("  {cell:>width$}") };
        }
        text += "\n";
    }
    for report in reports {
        if let Some(why) = &report.skipped {
            text += &format!("   {:width$}  skipped: {why}\n", report.name, width = widths[0]);
        }
    }
    text
}

fn row(report: &Report) -> [String; 10] {
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    [
        report.name.to_owned(),
        report.faults.to_string(),
        report.tried.to_string(),
        report.failed.to_string(),
        report.lost.count.to_string(),
        report.wrong.count.to_string(),
        milliseconds(report.p50),
        milliseconds(report.p99),
        report.restarts.to_string(),
        format!("{} s", report.time.as_secs()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_what_was_skipped_stands_below() {
        let kills = Report { name: "kills", faults: 21, tried: 1500, ..Report::default() };
        let why = Some("no clock to step".to_owned());
        let clock = Report { name: "clock-steps", skipped: why, ..Report::default() };
        let text = table(&[clock, kills]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "   kind   faults  tried  failed  lost  wrong  p50 ms  p99 ms  restarts  time");
        assert_eq!(lines[1], "   kills      21   1500       0     0      0     0.0     0.0         0   0 s");
        assert_eq!(lines[2], "   clock-steps  skipped: no clock to step");
    }
}

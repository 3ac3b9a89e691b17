//! Tells a client what is odd about its source.

use engine_api::Host;

use crate::source::avatar::Remarks;

/// Frames that are seen in a second.
const RATE: f64 = 25.0;
/// As many stretches as are told one by one.
const TOLD: usize = 5;

/// Warns of a job whose source is not shown as it was sent.
pub(super) fn warn(remarks: &Remarks, host: &mut dyn Host) {
    let seconds = |frame: usize| frame as f64 / RATE;
    if let Some(frames) = remarks.cut_after {
        let told = format!(
            "only the first {:.1} seconds of the source video are used, forwards and backwards, as there is no more room for \
             its frames; an operator may raise clip_disk_gb, a client may lower max_size",
            seconds(frames)
        );
        host.warn("clip_disk", &told);
    }
    if !remarks.unseen.is_empty() {
        let stretch =
            |range: &std::ops::Range<usize>| format!("{:.1} to {:.1}", seconds(range.start), seconds(range.end));
        let told: Vec<String> = remarks.unseen.iter().take(TOLD).map(stretch).collect();
        let more = if remarks.unseen.len() > TOLD { " and more often" } else { "" };
        let told = format!(
            "the face is not seen in the source video at seconds {}{more}, and what is shown there may be distorted; cut \
             those parts out, or send a video in which the face is always seen",
            told.join(", ")
        );
        host.warn("face_unseen", &told);
    }
}

#[cfg(test)]
mod tests {
    use engine_api::testing::RecordingHost;

    use super::*;

    #[test]
    fn a_source_that_is_shown_as_it_was_sent_is_not_warned_of() {
        let mut host = RecordingHost::new();
        warn(&Remarks::default(), &mut host);
        assert_eq!(host.warned(), [""; 0]);
    }

    #[test]
    fn seconds_are_told_where_something_is_odd() {
        let mut host = RecordingHost::new();
        warn(&Remarks { cut_after: Some(60), unseen: vec![0..25, 30..40] }, &mut host);
        assert_eq!(host.warned(), ["clip_disk", "face_unseen"]);
        let told: Vec<&str> = host.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert!(told[0].starts_with("only the first 2.4 seconds"), "{told:?}");
        assert!(told[1].contains("at seconds 0.0 to 1.0, 1.2 to 1.6, and what"), "{told:?}");
        let many = (0..9).map(|index| 100 * index..100 * index + 10).collect();
        let mut host = RecordingHost::new();
        warn(&Remarks { cut_after: None, unseen: many }, &mut host);
        assert!(host.warnings[0].message.contains("16.0 to 16.4 and more often, and"), "{:?}", host.warnings);
    }
}

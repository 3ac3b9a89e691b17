//! The ranges of a file that a client asks for, as RFC 9110 has them in section 14.

use std::ops::Range;

/// So many ranges may be asked for at once; of more, all of the file is sent.
const MOST: usize = 32;
/// What lies between two parts is sent with them if it is no longer than what would announce another part, in bytes.
const GAP: u64 = 128;

/// What of a file a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: in a unit that is not known, in words that say nothing, or in too many pieces.
    Whole,
    /// These of its bytes, at least one of each part. No two parts overlap.
    Parts(Vec<Range<u64>>),
    /// Bytes that it does not have.
    Nothing,
}

/// One range as it is asked for.
enum Spec {
    /// From one byte to another one, or to the end.
    Bytes(u64, Option<u64>),
    /// So many bytes at the end.
    Suffix(u64),
}

/// Reads a field `Range` for a file of so many bytes.
pub(super) fn asked(field: &str, bytes: u64) -> Asked {
    let Some(specs) = specs(field) else { return Asked::Whole };
    if bytes == 0 && specs.iter().any(|spec| matches!(spec, Spec::Suffix(1..))) {
        // All of the end that there is; and no range can say so.
        return Asked::Whole;
    }
    let parts: Vec<_> = specs.iter().filter_map(|spec| part(spec, bytes)).collect();
    if parts.is_empty() { Asked::Nothing } else { Asked::Parts(apart(parts)) }
}

/// The ranges of a field; `None` where it is to be passed over.
fn specs(field: &str) -> Option<Vec<Spec>> {
    let (unit, set) = field.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let specs = set.split(',').map(str::trim).filter(|spec| !spec.is_empty());
    let specs: Vec<_> = specs.take(MOST + 1).map(spec).collect::<Option<_>>()?;
    (1..=MOST).contains(&specs.len()).then_some(specs)
}

fn spec(text: &str) -> Option<Spec> {
    let (first, last) = text.split_once('-')?;
    match (number(first), number(last)) {
        (None, Some(length)) if first.is_empty() => Some(Spec::Suffix(length)),
        (Some(first), None) if last.is_empty() => Some(Spec::Bytes(first, None)),
        (Some(first), Some(last)) if first <= last => Some(Spec::Bytes(first, Some(last))),
        _ => None,
    }
}

/// A number in digits alone; one that is too large for any file is the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The bytes that there are of a range.
fn part(spec: &Spec, bytes: u64) -> Option<Range<u64>> {
    let part = match *spec {
        Spec::Bytes(first, last) => first..last.map_or(bytes, |last| bytes.min(last.saturating_add(1))),
        Spec::Suffix(length) => bytes.saturating_sub(length)..bytes,
    };
    (!part.is_empty()).then_some(part)
}

/// The same bytes in parts that lie apart: as they were asked for, or else in their order in the file.
fn apart(parts: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut sorted = parts.clone();
    sorted.sort_by_key(|part| part.start);
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for part in sorted {
        match joined.last_mut() {
            Some(before) if part.start <= before.end.saturating_add(GAP) => before.end = before.end.max(part.end),
            _ => joined.push(part),
        }
    }
    if joined.len() == parts.len() { parts } else { joined }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    fn parts(field: &str) -> Vec<(u64, u64)> {
        match asked(field, 10_000) {
            Asked::Parts(parts) => parts.into_iter().map(|part| (part.start, part.end)).collect(),
            other => panic!("{field}: {other:?}"),
        }
    }

    #[test]
    fn ranges_are_what_there_is_of_them() {
        assert_eq!(parts("bytes=0-0"), [(0, 1)]);
        assert_eq!(parts("Bytes = 9990-"), [(9990, 10_000)]);
        assert_eq!(parts("bytes=5-99999999999999999999999"), [(5, 10_000)]);
        assert_eq!(parts("bytes=-1"), [(9999, 10_000)]);
        assert_eq!(parts("bytes=-20000"), [(0, 10_000)], "a suffix longer than the file is all of it");
        assert_eq!(parts("bytes=20000-,0-9"), [(0, 10)], "those that there are");
    }

    #[test]
    fn several_ranges_are_as_they_were_asked_for_unless_they_touch() {
        assert_eq!(parts("bytes=5000-5009, ,0-9"), [(5000, 5010), (0, 10)]);
        assert_eq!(parts("bytes=5000-5009,0-9,5-20"), [(0, 21), (5000, 5010)]);
        assert_eq!(parts("bytes=0-9,20-29"), [(0, 30)]);
        assert_eq!(parts("bytes=0-,0-,0-,-10000"), [(0, 10_000)]);
    }

    #[test]
    fn what_cannot_be_had_and_what_cannot_be_read_are_told_apart() {
        for field in ["bytes=10000-", "bytes=-0", "bytes=10000-10001,20000-"] {
            assert_eq!(asked(field, 10_000), Asked::Nothing, "{field}");
        }
        let many = format!("bytes={}", vec!["0-0"; MOST + 1].join(","));
        for field in ["lines=0-1", "bytes=9-5", "bytes=a-b", "bytes=", "bytes=,", "bytes=1", "-", "bytes=+1-2", &many] {
            assert_eq!(asked(field, 10_000), Asked::Whole, "{field}");
        }
        assert_eq!((asked("bytes=-5", 0), asked("bytes=0-", 0)), (Asked::Whole, Asked::Nothing));
    }

    proptest! {
        #[test]
        fn parts_lie_in_the_file_and_apart(field in "(bytes=)?([0-9]{0,4}-[0-9]{0,4}[, ]{0,2}){0,40}", bytes in any::<u16>()) {
            if let Asked::Parts(parts) = asked(&field, bytes.into()) {
                prop_assert!(parts.len() <= MOST);
                for (place, part) in parts.iter().enumerate() {
                    prop_assert!(part.start < part.end && part.end <= u64::from(bytes), "{:?}", part);
                    let is_apart = |other: &Range<u64>| part.end <= other.start || other.end <= part.start;
                    prop_assert!(parts[..place].iter().all(is_apart), "{:?}", parts);
                }
            }
        }
    }
}

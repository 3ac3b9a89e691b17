//! Boxes: how much two overlap, and which of many that show the same thing are kept.

/// A box: left, top, right, bottom.
pub type Bounds = [f32; 4];

/// What the overlap of two boxes is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// Common area as a share of the joint one, as torchvision and MediaPipe measure it.
    Union,
    /// As [`Self::Union`], of boxes whose right and lower edges are pixels of theirs, as insightface measures it.
    UnionOfPixels,
    /// Common area as a share of the smaller box.
    Smaller,
    /// As [`Self::Smaller`], of boxes whose right and lower edges are pixels of theirs: MTCNN's method "Min".
    SmallerOfPixels,
}

impl Overlap {
    /// The overlap of two boxes, 0 to 1. Boxes without area have none with [`Self::Smaller`]; with [`Self::Union`] two
    /// of them give no number.
    #[must_use]
    pub fn of(self, a: Bounds, b: Bounds) -> f32 {
        let edge = match self {
            Self::Union | Self::Smaller => 0.0,
            Self::UnionOfPixels | Self::SmallerOfPixels => 1.0,
        };
        let area = |b: Bounds| (b[2] - b[0] + edge) * (b[3] - b[1] + edge);
        let width = (a[2].min(b[2]) - a[0].max(b[0]) + edge).max(0.0);
        let height = (a[3].min(b[3]) - a[1].max(b[1]) + edge).max(0.0);
        let common = width * height;
        match self {
            Self::Union | Self::UnionOfPixels => common / (area(a) + area(b) - common),
            Self::Smaller => common / area(a).min(area(b)).max(f32::MIN_POSITIVE),
            Self::SmallerOfPixels => common / area(a).min(area(b)),
        }
    }

    /// Whether two boxes overlap by more than a limit. What is no number counts as the references count it: torchvision
    /// keeps such boxes, numpy's comparisons drop them.
    fn exceeds(self, limit: f64, a: Bounds, b: Bounds) -> bool {
        let overlap = f64::from(self.of(a, b));
        match self {
            Self::Union => overlap > limit,
            Self::UnionOfPixels | Self::Smaller | Self::SmallerOfPixels => overlap.is_nan() || overlap > limit,
        }
    }
}

/// Which of equal scores comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ties {
    /// The one that comes first already, as in torchvision.
    First,
    /// The one that comes last, as where a rising sort is read backwards.
    Last,
}

/// Sorts by falling score.
pub fn sort_by_score<T>(items: &mut [T], score: impl Fn(&T) -> f32, ties: Ties) {
    if ties == Ties::Last {
        items.reverse();
    }
    items.sort_by(|a, b| score(b).total_cmp(&score(a)));
}

/// Non-maximum suppression: of items that are sorted by falling score those that overlap no kept one by more than
/// `limit`.
///
/// Overlaps are 32-bit. torchvision compares them with a 64-bit limit; where the reference compares in 32 bits, as numpy
/// does, the limit has to be such a number.
#[must_use]
pub fn suppressed<T>(sorted: Vec<T>, bounds: impl Fn(&T) -> Bounds, overlap: Overlap, limit: f64) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in sorted {
        if !kept.iter().any(|other| overlap.exceeds(limit, bounds(other), bounds(&item))) {
            kept.push(item);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Overlap, Ties, sort_by_score, suppressed};

    #[test]
    fn overlaps_are_shares_of_the_joint_or_the_smaller_area() {
        let (a, b) = ([0.0, 0.0, 4.0, 4.0], [2.0, 0.0, 4.0, 8.0]);
        assert_eq!(Overlap::Union.of(a, b), 8.0 / 24.0);
        assert_eq!(Overlap::Smaller.of(a, b), 0.5);
        assert_eq!(Overlap::UnionOfPixels.of(a, b), 15.0 / 37.0);
        assert_eq!(Overlap::SmallerOfPixels.of(a, b), 15.0 / 25.0);
        let apart = [4.0, 4.0, 6.0, 6.0];
        assert_eq!((Overlap::Union.of(a, apart), Overlap::Smaller.of(a, apart)), (0.0, 0.0));
        // One pixel at the corner is common to both.
        assert_eq!(Overlap::UnionOfPixels.of(a, apart), 1.0 / 33.0);
    }

    #[test]
    fn boxes_without_area_are_counted_as_the_references_do() {
        let empty = [1.0; 4];
        assert!(Overlap::Union.of(empty, empty).is_nan());
        assert_eq!(Overlap::Smaller.of(empty, empty), 0.0);
        assert_eq!(Overlap::UnionOfPixels.of(empty, empty), 1.0);
        let twice = || vec![empty, empty];
        let kept = |overlap: Overlap, boxes: Vec<Bounds>| suppressed(boxes, |bounds| *bounds, overlap, 0.5).len();
        assert_eq!(kept(Overlap::Union, twice()), 2);
        assert_eq!(kept(Overlap::UnionOfPixels, twice()), 1);
        let none = vec![[f32::NAN; 4]; 2];
        assert_eq!((kept(Overlap::Union, none.clone()), kept(Overlap::SmallerOfPixels, none)), (2, 1));
    }

    #[test]
    fn the_best_of_each_group_is_kept_and_only_kept_boxes_suppress() {
        let row = |left: f32| [left, 0.0, left + 10.0, 10.0];
        let mut found = vec![(row(4.0), 0.8), (row(0.0), 0.9), (row(8.0), 0.7), (row(30.0), 0.1), (row(30.0), 0.1)];
        sort_by_score(&mut found, |item| item.1, Ties::First);
        let kept = |limit: f64| {
            let kept = suppressed(found.clone(), |item| item.0, Overlap::Union, limit);
            kept.into_iter().map(|item| item.0[0]).collect::<Vec<f32>>()
        };
        // The middle one overlaps its neighbours by 6/14, and its neighbours each other by 2/18.
        assert_eq!(kept(0.4), [0.0, 8.0, 30.0]);
        assert_eq!(kept(0.1), [0.0, 30.0]);
        assert_eq!(kept(0.5), [0.0, 4.0, 8.0, 30.0]);
        assert_eq!(kept(1.0).len(), 5);
    }

    #[test]
    fn equal_scores_keep_or_turn_their_order() {
        let sorted = |ties: Ties| {
            let mut items = vec![('a', 0.5), ('b', 0.9), ('c', 0.5), ('d', 0.9)];
            sort_by_score(&mut items, |item| item.1, ties);
            items.into_iter().map(|item| item.0).collect::<String>()
        };
        assert_eq!((sorted(Ties::First), sorted(Ties::Last)), ("bdac".into(), "dbca".into()));
    }
}

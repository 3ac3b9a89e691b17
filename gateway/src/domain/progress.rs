//! How far an attempt at a job is: its phase, what it does in words, and the part of the whole that lies behind it.

use engine_api::Phase;
use serde::{Deserialize, Serialize};

/// What a running attempt is doing, or the last one did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done; `None` before the first attempt.
    pub phase: Option<Phase>,
    /// The same in words, a short lower-case phrase: `load engine`, `render` …
    pub stage: String,
    /// Units of the stage that are finished.
    pub done: u64,
    /// Units of the stage in all; 0 while unknown.
    pub total: u64,
    /// The part of the attempt that is finished, 0 to 1: it never falls within an attempt, and is 1 only when the job has
    /// succeeded.
    pub fraction: f64,
}

impl Progress {
    /// Progress of `stage` at the beginning of `phase`.
    pub fn new(phase: Phase, stage: impl Into<String>, done: u64, total: u64) -> Self {
        Self { phase: Some(phase), stage: stage.into(), done, total, fraction: span(phase).0 }
    }

    /// Takes over what the same attempt tells next, and says whether that is news. Phase and fraction never fall.
    pub fn follow(&mut self, next: Self) -> bool {
        let next = Self { phase: self.phase.max(next.phase), fraction: self.fraction.max(next.fraction), ..next };
        let is_news = next != *self;
        *self = next;
        is_news
    }

    /// The part of the pictures that is made, 0 to 1.
    pub fn rendered(&self) -> f64 {
        let (from, to) = span(Phase::Rendering);
        let share = ((self.fraction - from) / (to - from)).clamp(0.0, 1.0);
        (share * 1e9).round() / 1e9 // half of the pictures is a half, so that percents of it are whole
    }
}

/// From where to where a phase takes the fraction. Most of an attempt is rendering; a warm engine skips the phases before
/// `preparing`. The last phase ends short of 1, because a job has succeeded only once its video is in place.
fn span(phase: Phase) -> (f64, f64) {
    match phase {
        Phase::Starting => (0.0, 0.02),
        Phase::Loading => (0.02, 0.1),
        Phase::Preparing => (0.1, 0.15),
        Phase::Rendering => (0.15, 0.95),
        Phase::Finishing => (0.95, 0.99),
    }
}

/// Works out phase and fraction from what an engine does and says, whatever that is.
#[derive(Debug)]
pub struct ProgressTracker {
    phase: Phase,
    fraction: f64,
    /// The stage that is told of, and from where to where it takes the fraction.
    stage: String,
    from: f64,
    to: f64,
    /// The phase goes by frames whose number is known, so its stages don't move the fraction.
    goes_by_frames: bool,
}

impl ProgressTracker {
    /// Begins with a phase.
    pub fn new(phase: Phase) -> Self {
        let (from, _) = span(phase);
        Self { phase, fraction: from, stage: String::new(), from, to: from, goes_by_frames: false }
    }

    /// A phase begins: what there is to tell of it before its first stage, or nothing if it is over, or the current one.
    pub fn enter(&mut self, phase: Phase) -> Option<Progress> {
        (phase > self.phase).then(|| {
            self.phase = phase;
            self.fraction = self.fraction.max(span(phase).0);
            self.stage.clear();
            self.goes_by_frames = false;
            self.begun()
        })
    }

    /// What there is to tell of the current phase before its first stage.
    pub fn begun(&self) -> Progress {
        self.progress(self.phase.name(), 0, 0)
    }

    /// So much of a stage of the engine's own is finished; `total` 0 where that is unknown.
    pub fn stage(&mut self, stage: &str, done: u64, total: u64) -> Progress {
        if !self.goes_by_frames {
            if self.stage != stage {
                let (_, end) = span(self.phase);
                // How many stages will come, nobody knows: each takes half of what is left. Only pictures that are made, and
                // the check of a video, are mostly one stage.
                let is_whole = self.stage.is_empty() && self.phase >= Phase::Rendering;
                self.from = self.fraction;
                self.to = if is_whole { end } else { f64::midpoint(self.from, end) };
                stage.clone_into(&mut self.stage);
            }
            self.advance(done, total);
        }
        self.progress(stage, done, total)
    }

    /// So many frames are written, of so many that were announced; 0 where their number is unknown.
    pub fn frames(&mut self, done: u64, total: u64) -> Progress {
        self.enter(Phase::Rendering);
        if self.phase == Phase::Rendering && total > 0 {
            if !self.goes_by_frames {
                // What an engine did in this phase before its first frame stays done.
                self.goes_by_frames = true;
                (self.from, self.to) = (self.fraction, span(Phase::Rendering).1);
            }
            self.advance(done, total);
        }
        self.progress("render", done, total)
    }

    fn advance(&mut self, done: u64, total: u64) {
        if total > 0 {
            let share = (done as f64 / total as f64).min(1.0);
            self.fraction = self.fraction.max(self.from + share * (self.to - self.from));
        }
    }

    fn progress(&self, stage: &str, done: u64, total: u64) -> Progress {
        Progress { phase: Some(self.phase), stage: stage.to_owned(), done, total, fraction: self.fraction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows what is told, and checks what must hold of any of it.
    fn follow(told: impl IntoIterator<Item = Progress>) -> Progress {
        let mut now = Progress::new(Phase::Starting, "start engine", 0, 0);
        for next in told {
            let before = now.clone();
            now.follow(next);
            assert!(now.phase >= before.phase && now.fraction >= before.fraction, "{before:?}, then {now:?}");
            assert!(now.fraction < 1.0, "{now:?} before the end");
        }
        now
    }

    #[test]
    fn an_ordinary_job_passes_all_phases_and_is_mostly_rendering() {
        let mut told = vec![Progress::new(Phase::Loading, "load engine", 0, 0)];
        let mut loading = ProgressTracker::new(Phase::Loading);
        told.extend((0..=6).map(|done| loading.stage("load networks", done, 6)));
        let mut job = ProgressTracker::new(Phase::Preparing);
        told.extend([0, 1].map(|done| job.stage("find the face", done, 1)));
        told.extend([30, 60].map(|done| job.stage("analyse speech", done, 60)));
        told.extend((0..=50).map(|done| job.frames(done, 50)));
        job.enter(Phase::Finishing);
        told.extend([0, 25, 50].map(|done| job.stage("finish", done, 50)));

        let half = told.iter().find(|progress| progress.stage == "render" && progress.done == 25).unwrap();
        assert_eq!(half.phase, Some(Phase::Rendering));
        assert!((half.fraction - 0.55).abs() < 1e-9 && (half.rendered() - 0.5).abs() < 1e-9, "{half:?}");
        let fractions: Vec<f64> = told.iter().map(|progress| progress.fraction).collect();
        assert!(fractions.windows(2).filter(|pair| pair[0] == pair[1]).count() <= 6, "it hardly stands: {fractions:?}");
        let end = follow(told);
        assert_eq!((end.phase, end.fraction), (Some(Phase::Finishing), 0.99));
    }

    #[test]
    fn frames_take_what_a_stage_of_rendering_has_left_them() {
        let mut job = ProgressTracker::new(Phase::Preparing);
        let mut told = vec![job.stage("hear the speech", 1, 1)];
        told.extend(job.enter(Phase::Rendering));
        told.extend((0..=30).map(|done| job.stage("denoise", done, 40)));
        told.extend((0..=10).map(|done| job.frames(done, 10)));
        let rendered: Vec<f64> = told.iter().map(Progress::rendered).collect();
        assert_eq!(
            rendered[rendered.len() - 11..],
            [0.75, 0.775, 0.8, 0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975, 1.0]
        );
        follow(told);
    }

    #[test]
    fn nonsense_never_makes_it_fall() {
        let mut told = Vec::new();
        let mut loading = ProgressTracker::new(Phase::Loading);
        for (stage, done, total) in
            [("a", 5, 5), ("a", 1, 900), ("b", 9, 3), ("a", 0, 0), ("b", u64::MAX, 1), ("", 0, 7)]
        {
            told.push(loading.stage(stage, done, total));
        }
        let mut job = ProgressTracker::new(Phase::Preparing);
        job.enter(Phase::Loading); // it loads again, in the middle of a job
        told.extend((0..=6).map(|done| job.stage("load networks", done, 6)));
        told.extend([(7, 10), (3, 10), (3, 1000), (900, 10), (0, 0)].map(|(done, total)| job.stage("x", done, total)));
        told.extend([(4, 10), (2, 10), (5, 1_000_000), (11, 10)].map(|(done, total)| job.frames(done, total)));
        job.enter(Phase::Starting);
        told.push(job.stage("y", 1, 2));
        job.enter(Phase::Finishing);
        told.extend([3, 1].map(|done| job.frames(done, 10)));
        told.extend([(8, 4), (1, 4)].map(|(done, total)| job.stage("finish", done, total)));
        let end = follow(told);
        assert_eq!(end.phase, Some(Phase::Finishing));
    }

    #[test]
    fn any_number_of_stages_stays_within_its_phase() {
        let mut job = ProgressTracker::new(Phase::Preparing);
        let told: Vec<Progress> = (0..1000).map(|number| job.stage(&format!("stage {}", number % 3), 1, 1)).collect();
        assert!(follow(told).fraction <= span(Phase::Rendering).0);
    }

    #[test]
    fn pictures_that_are_made_elsewhere_advance_evenly() {
        let mut job = ProgressTracker::new(Phase::Preparing);
        job.stage("prepare the inputs", 0, 0);
        job.enter(Phase::Rendering);
        for percent in [0, 10, 50, 100] {
            let rendered = job.stage("generate", percent, 100).rendered();
            assert!((rendered - percent as f64 / 100.0).abs() < 1e-9, "{rendered} at {percent} %");
        }
    }

    #[test]
    fn stages_beside_frames_leave_the_fraction_to_the_frames() {
        let mut job = ProgressTracker::new(Phase::Preparing);
        job.frames(1, 4);
        let aside = job.stage("predict the motion", 10, 10);
        assert_eq!((aside.phase, aside.rendered()), (Some(Phase::Rendering), 0.25));
        assert_eq!(job.frames(2, 4).rendered(), 0.5);
        let mut unknown = ProgressTracker::new(Phase::Preparing);
        assert_eq!(unknown.frames(100, 0).rendered(), 0.0);
        assert_eq!(unknown.stage("read the speech", 1, 2).rendered(), 0.5);
    }

    #[test]
    fn repeating_itself_is_no_news() {
        let mut now = Progress::new(Phase::Starting, "start engine", 0, 0);
        let mut job = ProgressTracker::new(Phase::Preparing);
        let told = job.stage("wait", 1, 0);
        assert!(now.follow(told.clone()) && !now.follow(told));
        assert!(now.follow(job.stage("wait", 0, 0)), "a number that falls is news all the same");
    }
}

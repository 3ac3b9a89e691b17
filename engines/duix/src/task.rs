//! One job at the generators: submitted to whichever is free, asked about until its end, found again where it was lost.
//!
//! All waiting happens here. It looks whether the job is canceled, and tells that it is alive.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use engine_api::{EngineError, Host, Phase, RenderJob};

use crate::generator::{Generator, Submission, Submitted, Told};
use crate::inputs;
use crate::options::{InputPaths, Options};
use crate::params::Params;
use crate::serve::FileServer;
use crate::share::{Claim, Note};

/// How often it is looked whether the job is canceled.
const GLANCE: Duration = Duration::from_millis(100);
/// The wait before a busy generator is asked again: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long a result may take to show up in the shared folder after it was told of.
const ARRIVAL: Duration = Duration::from_secs(10);
/// Steps of a percent that tell the time passing.
const STEPS: u64 = 10_000;

/// A job on its way through a generator.
pub(crate) struct Task<'a> {
    options: &'a Options,
    generators: &'a [Generator],
    job: &'a RenderJob<Params>,
    claim: Claim,
    /// Where it was submitted last.
    note: Option<Note>,
}

/// What came of asking about a job.
enum Asked {
    /// There is a video.
    Result(PathBuf),
    /// The generator has forgotten the job, and there is none.
    Lost,
}

impl<'a> Task<'a> {
    pub(crate) fn new(
        options: &'a Options,
        generators: &'a [Generator],
        job: &'a RenderJob<Params>,
        mut claim: Claim,
    ) -> Self {
        let note = claim.note();
        Self { options, generators, job, claim, note }
    }

    /// Has the job done, and returns where its video is.
    ///
    /// # Errors
    /// `Backend` where another attempt may help, `Input` where none will, `Canceled` once the job is.
    pub(crate) fn run(&mut self, host: &mut dyn Host) -> Result<PathBuf, EngineError> {
        // The host of an earlier attempt has died while the generator worked: its work is not lost.
        if let Some(note) = self.note.clone()
            && let Some(generator) = self.generators.iter().find(|generator| generator.url == note.url)
        {
            eprintln!("going on with {} at {}", note.code, note.url);
            if let Asked::Result(result) = self.follow(generator, note, host)? {
                return Ok(result);
            }
        }
        let mut submission = self.prepare(host)?;
        let _server = self.serve(&mut submission)?;
        let (generator, note) = self.submit(&submission, host)?;
        match self.follow(generator, note, host)? {
            Asked::Result(result) => Ok(result),
            Asked::Lost => {
                let url = &generator.url;
                Err(EngineError::backend(format!("the generator at {url} has lost the job, perhaps by a restart")))
            }
        }
    }

    /// Removes what there is of the job in the shared folder.
    pub(crate) fn clean_up(&self) {
        self.claim.clear();
    }

    /// Puts the inputs where the generator finds them.
    fn prepare(&self, host: &mut dyn Host) -> Result<Submission, EngineError> {
        let source = self.job.source_video.as_deref().ok_or_else(|| EngineError::internal("there is no video"))?;
        let speech = self.job.speech_file()?;
        let code = self.claim.new_code();
        let (video, audio) = (format!("{code}-in.mp4"), format!("{code}-in.wav"));
        host.progress("prepare the inputs", 0, 0);
        inputs::speech(speech, &self.claim.file(&audio))?;
        inputs::video(source, &self.claim.file(&video), host)?;
        let shown = |name: String| match self.options.input_paths {
            InputPaths::Absolute => format!("{}/temp/{name}", self.options.generator_data_dir.trim_end_matches('/')),
            InputPaths::Bare | InputPaths::Http => name,
        };
        Ok(Submission { audio: shown(audio), video: shown(video), code, params: self.job.params.clone() })
    }

    /// Serves the inputs where the generator fetches them, and puts their addresses into the submission.
    fn serve(&self, submission: &mut Submission) -> Result<Option<FileServer>, EngineError> {
        if self.options.input_paths != InputPaths::Http {
            return Ok(None);
        }
        let files = [&submission.audio, &submission.video].map(|name| (name.clone(), self.claim.file(name)));
        let server = FileServer::start(self.options.http_listen, files.into())
            .map_err(|error| EngineError::internal(format!("http_listen = {}: {error}", self.options.http_listen)))?;
        let base = self.options.http_url.clone().unwrap_or_else(|| format!("http://{}", server.address()));
        for name in [&mut submission.audio, &mut submission.video] {
            *name = format!("{}/{name}", base.trim_end_matches('/'));
        }
        Ok(Some(server))
    }

    /// Finds a generator that is free.
    fn submit(&mut self, submission: &Submission, host: &mut dyn Host) -> Result<(&'a Generator, Note), EngineError> {
        let (start, mut answered) = (Instant::now(), Instant::now());
        let (mut wait, mut round) = (FIRST_WAIT, 0);
        // A submission without an answer may have been taken: the generator is busy with this very job then.
        let mut unsure = vec![false; self.generators.len()];
        loop {
            let mut trouble = None;
            for (number, generator) in self.generators.iter().enumerate() {
                let (asked, order) = (generator.clone(), submission.clone());
                if unsure[number] {
                    let code = submission.code.clone();
                    let (asked, patience) = (generator.clone(), self.options.request());
                    let told = self.while_alive(host, patience, move || asked.query(&code))?;
                    match &told {
                        // It tells an end only once, so nobody could ask again.
                        Told::Failed(words) => return Err(refusal(words)),
                        Told::Running(_) | Told::Done(_) => {
                            return Ok((generator, self.write(submission, generator, &told)?));
                        }
                        Told::Unknown | Told::Trouble(_) | Told::Down(_) => {}
                    }
                }
                match self.while_alive(host, self.options.request(), move || asked.submit(&order))? {
                    Submitted::Accepted => {
                        return Ok((generator, self.write(submission, generator, &Told::Running(0))?));
                    }
                    Submitted::Busy => answered = Instant::now(),
                    Submitted::Refused(reason) => return Err(EngineError::internal(reason)),
                    Submitted::Trouble(reason) => trouble = Some(reason),
                    Submitted::Down(reason) => {
                        unsure[number] = true;
                        trouble = Some(reason);
                    }
                }
            }
            if let Some(reason) = trouble.filter(|_| answered.elapsed() > self.options.down()) {
                return Err(EngineError::backend(format!(
                    "{reason}; it was given {} s",
                    self.options.down().as_secs_f64()
                )));
            }
            if start.elapsed() > self.options.busy() {
                let seconds = self.options.busy().as_secs_f64();
                return Err(EngineError::backend(format!("no generator has been free for {seconds} s")));
            }
            round += 1;
            self.sleep(host, wait, "wait for the generator", round * STEPS)?;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Writes down where the job was submitted, and its end if that was told already.
    fn write(&mut self, submission: &Submission, generator: &Generator, told: &Told) -> Result<Note, EngineError> {
        let result = match told {
            Told::Done(result) => Some(result.clone()),
            _ => None,
        };
        let note = Note { code: submission.code.clone(), url: generator.url.clone(), result };
        self.claim.write(&note)?;
        self.note = Some(note.clone());
        Ok(note)
    }

    /// Asks about a job until its end.
    fn follow(&mut self, generator: &Generator, mut note: Note, host: &mut dyn Host) -> Result<Asked, EngineError> {
        // Its end may have been told before, to an earlier attempt or with the submission.
        if let Some(result) = &note.result {
            return self.arrived(result, ARRIVAL, host);
        }
        host.phase(Phase::Rendering); // the pictures are made there
        let (mut percent, mut advanced, mut answered) = (0, Instant::now(), Instant::now());
        let mut asked_at_percent = 0;
        loop {
            let (asked, code) = (generator.clone(), note.code.clone());
            match self.while_alive(host, self.options.request(), move || asked.query(&code))? {
                Told::Running(now) => {
                    answered = Instant::now();
                    if now != percent {
                        (percent, advanced, asked_at_percent) = (now, Instant::now(), 0);
                    }
                }
                Told::Done(result) => {
                    // It says so only once: written down before anything else may fail.
                    note.result = Some(result.clone());
                    self.claim.write(&note)?;
                    return self.arrived(&result, ARRIVAL, host);
                }
                Told::Failed(words) => return Err(refusal(&words)),
                // It may have told the end to somebody else, or have been restarted after it.
                Told::Unknown => return self.arrived(&format!("{}-r.mp4", note.code), Duration::ZERO, host),
                Told::Trouble(reason) | Told::Down(reason) if answered.elapsed() > self.options.down() => {
                    return Err(EngineError::backend(format!("{reason}; the job was at {percent} %")));
                }
                Told::Trouble(_) | Told::Down(_) => {}
            }
            if advanced.elapsed() > self.options.wedge() {
                return Err(EngineError::backend(format!(
                    "the generator at {} has stood at {percent} % for {} s: it is wedged, and must be restarted",
                    generator.url,
                    self.options.wedge().as_secs_f64(),
                )));
            }
            asked_at_percent = (asked_at_percent + 1).min(STEPS - 1);
            host.progress("generate", percent * STEPS + asked_at_percent, 100 * STEPS);
            self.sleep(host, self.options.poll(), "", 0)?;
        }
    }

    /// The result of this name, once it is whole in the shared folder.
    fn arrived(&self, name: &str, patience: Duration, host: &mut dyn Host) -> Result<Asked, EngineError> {
        let Some(file) = self.claim.result(name) else {
            return Err(EngineError::backend(format!(
                "the generator says that the video is {name:?}, which is not this job's"
            )));
        };
        let start = Instant::now();
        while !is_there(&file) {
            if start.elapsed() >= patience {
                return match patience.is_zero() {
                    true => Ok(Asked::Lost),
                    false => Err(EngineError::backend(format!(
                        "the generator says that there is a video, and {name} is missing"
                    ))),
                };
            }
            self.sleep(host, GLANCE, "", 0)?;
        }
        Ok(Asked::Result(file))
    }

    /// Waits, as long as the job is not canceled. With a stage, it is told that time passes.
    fn sleep(&self, host: &mut dyn Host, wait: Duration, stage: &str, from: u64) -> Result<(), EngineError> {
        let start = Instant::now();
        let mut passed = 0;
        while start.elapsed() < wait {
            self.canceled(host)?;
            if !stage.is_empty() {
                host.progress(stage, from + passed, 0);
                passed += 1;
            }
            thread::sleep(GLANCE.min(wait.saturating_sub(start.elapsed())));
        }
        self.canceled(host)
    }

    /// Waits for an answer, as long as the job is not canceled: the question is left behind then.
    fn while_alive<T: Send + 'static>(
        &self,
        host: &mut dyn Host,
        patience: Duration,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (sender, answer) = mpsc::channel();
        thread::spawn(move || sender.send(ask()));
        let start = Instant::now();
        loop {
            match answer.recv_timeout(GLANCE) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(EngineError::internal("asking the generator panicked"));
                }
                Err(RecvTimeoutError::Timeout) if start.elapsed() > patience + GLANCE * 50 => {
                    return Err(EngineError::backend("the generator's answer does not end"));
                }
                Err(RecvTimeoutError::Timeout) => self.canceled(host)?,
            }
        }
    }

    fn canceled(&self, host: &mut dyn Host) -> Result<(), EngineError> {
        host.canceled().inspect_err(|_| {
            if let Some(Note { code, url, .. }) = &self.note {
                eprintln!("canceled; the generator at {url} cannot be told, and may be busy with {code} for a while");
            }
        })
    }
}

fn is_there(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.is_file() && file.len() > 0)
}

/// Whose fault it is, by the generator's words.
fn refusal(words: &str) -> EngineError {
    let input = [
        ("存在多人脸", "several faces are in the video"),
        ("未检测到人脸", "no face was found in the video"),
        ("format video error", "the generator cannot read the video"),
        ("format audio error", "the generator cannot read the speech"),
    ];
    if let Some((_, meaning)) = input.iter().find(|(known, _)| words.contains(known)) {
        return EngineError::input(format!("{meaning} (the generator: {words})"));
    }
    let meaning = match words {
        words if words.contains("三次获取音频时长失败") => {
            "the generator does not find the inputs: data_dir must be the folder that it has as /code/data, or \
             input_paths another"
        }
        _ => "the generator failed",
    };
    EngineError::backend(format!("{meaning} (the generator: {words})"))
}

//! Where an engine is tried out: its processes, the jobs that it gets, and what is known of it by now.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use engine_api::{Description, Input, Readiness, RenderJob, Setup};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::catalog::contract::{Finding, examine};
use crate::config::EngineConfig;
use crate::conformance::endured::Endured;
use crate::conformance::heard::Heard;
use crate::conformance::materials::{Materials, Portrait, Speech};
use crate::conformance::order::Order;
use crate::conformance::session::{Cancel, Session};
use crate::conformance::take::Take;
use crate::conformance::verdict::{Miss, Tried};
use crate::domain::params::Parameters;
use crate::host::library::Library;
use crate::host::protocol::Render;
use crate::intake::probe::decoders::Decoders;
use crate::worker::Worker;

/// What a job is made of: the engine's first combination of inputs, or another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scene {
    pub(super) portrait: Portrait,
    pub(super) speech: Speech,
    pub(super) combination: usize,
}

impl Scene {
    /// The inputs as given.
    pub(super) const USUAL: Self = Self { portrait: Portrait::Usual, speech: Speech::Usual, combination: 0 };

    /// With other speech.
    pub(super) const fn heard(speech: Speech) -> Self {
        Self { speech, ..Self::USUAL }
    }

    /// With another portrait.
    pub(super) const fn seen(portrait: Portrait) -> Self {
        Self { portrait, ..Self::USUAL }
    }
}

/// What an engine says of itself.
pub(super) struct Described {
    pub(super) description: Description,
    pub(super) readiness: Readiness,
    /// Absent where its schema cannot be used.
    pub(super) parameters: Option<Parameters>,
    pub(super) findings: Vec<Finding>,
    /// From the start of the process to the answer.
    pub(super) took: Duration,
}

/// Where an engine is tried out.
pub struct Stand {
    pub(super) order: Order,
    worker: Worker,
    library: Arc<Library>,
    folder: TempDir,
    pub(super) materials: Materials,
    /// What the engine's processes print.
    pub(super) heard: Heard,
    described: Option<Result<Rc<Described>, String>>,
    /// A loaded process with nothing to do.
    warm: Option<Session>,
    takes: BTreeMap<Scene, Rc<Take>>,
    /// What many jobs in one process came to, once they were rendered.
    pub(super) endured: Option<Rc<Endured>>,
    /// How many processes and jobs there were.
    count: u64,
}

impl Stand {
    /// Sets it up: makes the inputs, starts nothing.
    ///
    /// # Errors
    /// There is no worker, or no place for files, or one of the author's inputs cannot be used.
    pub async fn set_up(order: Order, heard: Heard) -> anyhow::Result<Self> {
        let worker = Worker::find()?;
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir().context("no folder can be made")?;
        let inputs = folder.path().join("inputs");
        fs::create_dir(&inputs)?;
        let materials = Materials::make(&inputs, &order.inputs, &order.config, Decoders::new(worker.clone())).await?;
        let library = Arc::new(Library::in_place(&order.library));
        Ok(Self {
            order,
            worker,
            library,
            folder,
            materials,
            heard,
            described: None,
            warm: None,
            takes: BTreeMap::new(),
            endured: None,
            count: 0,
        })
    }

    /// What the engine says of itself, asked once.
    ///
    /// # Errors
    /// It does not: in a sentence.
    pub(super) async fn asked(&mut self) -> Result<Rc<Described>, String> {
        if let Some(described) = &self.described {
            return described.clone();
        }
        let described = self.ask().await.map(Rc::new);
        self.described.insert(described).clone()
    }

    async fn ask(&mut self) -> Result<Described, String> {
        let begun = Instant::now();
        let mut session = self.open().await?;
        let (description, _) = session.describe(None).await?;
        let setup = self.setup_of(&description);
        let (description, readiness) = session.describe(Some(setup)).await?;
        let took = begun.elapsed();
        session.shut_down().await;
        let readiness = readiness.ok_or("it did not say whether it is ready")?;
        let (parameters, findings) = examine(&description);
        Ok(Described { description, readiness, parameters, findings, took })
    }

    /// What the engine says of itself.
    ///
    /// # Errors
    /// It does not, which another check tells.
    pub(super) async fn described(&mut self) -> Result<Rc<Described>, Miss> {
        self.asked().await.map_err(|_| Miss::not_tried("the plugin does not describe an engine: see description.opens"))
    }

    /// The id under which the report goes, where it is known, with the version.
    pub fn engine(&self) -> Option<(&str, &str)> {
        let described = self.described.as_ref()?.as_ref().ok()?;
        let descriptor = &described.description.descriptor;
        Some((&descriptor.id, &descriptor.version))
    }

    /// The plugin's file.
    pub fn library(&self) -> &Path {
        &self.order.library
    }

    /// The settings of the engine.
    pub(super) fn settings(&self, described: &Described) -> EngineConfig {
        self.order.config.engine(&described.description.descriptor.id)
    }

    /// What the engine is loaded with.
    pub(super) fn setup(&self, described: &Described) -> Setup {
        self.setup_of(&described.description)
    }

    fn setup_of(&self, description: &Description) -> Setup {
        let mut setup = self.order.config.engine(&description.descriptor.id).setup();
        setup.options.extend(self.order.options.clone());
        if self.order.weights.is_some() {
            setup.weights.clone_from(&self.order.weights);
        }
        if let Some(device) = &self.order.device {
            setup.device.clone_from(device);
        }
        setup
    }

    /// What the engine says of its readiness with changed settings.
    ///
    /// # Errors
    /// It says nothing.
    pub(super) async fn readiness(&mut self, change: impl FnOnce(&mut Setup)) -> Result<Readiness, Miss> {
        let described = self.described().await?;
        let mut setup = self.setup(&described);
        change(&mut setup);
        let mut session = self.open().await.map_err(Miss::Failed)?;
        let answer = session.describe(Some(setup)).await;
        session.shut_down().await;
        let (_, readiness) = answer.map_err(Miss::Failed)?;
        readiness.ok_or_else(|| Miss::failed("it did not say whether it is ready"))
    }

    /// A new process that has said hello.
    ///
    /// # Errors
    /// There is none: in a sentence.
    pub(super) async fn open(&mut self) -> Result<Session, String> {
        self.count += 1;
        let temporary = self.folder.path().join(format!("temporary-{}", self.count));
        fs::create_dir(&temporary).map_err(|error| error.to_string())?;
        Session::open(&self.worker, &self.library, temporary, self.order.patience).await
    }

    /// A new process that has loaded the engine.
    ///
    /// # Errors
    /// It does not load, which another check tells.
    pub(super) async fn fresh(&mut self) -> Result<Session, Miss> {
        let described = self.described().await?;
        if !described.readiness.is_ready() {
            return Err(Miss::not_tried("the engine is not ready: see loading.ready"));
        }
        let setup = self.setup(&described);
        let failed = || Miss::not_tried("the engine does not load: see loading.loads");
        let mut session = self.open().await.map_err(|_| failed())?;
        match session.load(setup).await {
            Ok(_) => Ok(session),
            Err(_) => {
                session.kill().await;
                Err(failed())
            }
        }
    }

    /// A process that has loaded the engine, and may have rendered before.
    ///
    /// # Errors
    /// As [`Stand::fresh`].
    pub(super) async fn warm(&mut self) -> Result<Session, Miss> {
        if let Some(mut session) = self.warm.take()
            && session.is_alive()
        {
            return Ok(session);
        }
        self.fresh().await
    }

    /// Keeps a process for the next job, if its last one has left it.
    pub(super) async fn keep(&mut self, mut session: Session, last: &Take) {
        match last.left_its_host() && session.is_alive() {
            true => self.warm = Some(session),
            false => session.kill().await,
        }
    }

    /// The parameters of a job: those of the order, with these over them and defaults in place.
    ///
    /// # Errors
    /// The engine's own schema does not take them: in a sentence.
    pub(super) fn params(
        &self,
        described: &Described,
        over: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        let parameters = described.parameters.as_ref().ok_or("its schema cannot be used: see description.schema")?;
        let mut params = self.order.params.clone();
        params.extend(over.clone());
        parameters.complete(params).map_err(|faults| {
            let sentences: Vec<_> = faults.told().iter().map(|fault| fault.message.as_str()).collect();
            sentences.join("; ")
        })
    }

    /// Renders a job.
    ///
    /// # Errors
    /// The order's parameters do not fit the engine, or an input cannot be made.
    pub(super) async fn render(
        &mut self,
        session: &mut Session,
        scene: Scene,
        over: &Map<String, Value>,
        cancel: Cancel,
    ) -> Result<Take, Miss> {
        let described = self.described().await?;
        let params = self.params(&described, over).map_err(|reason| {
            Miss::not_tried(format!("its parameters do not fit the engine: {reason}; give others by --params"))
        })?;
        let job = self.job(&described, scene, params).await.map_err(|error| Miss::not_tried(format!("{error:#}")))?;
        Ok(self.play(session, job, cancel).await)
    }

    /// Renders a job in a process that may have rendered before, and keeps that.
    ///
    /// # Errors
    /// As [`Stand::fresh`] and [`Stand::render`].
    pub(super) async fn render_warm(
        &mut self,
        scene: Scene,
        over: &Map<String, Value>,
        cancel: Cancel,
    ) -> Result<Take, Miss> {
        let mut session = self.warm().await?;
        let take = self.render(&mut session, scene, over, cancel).await?;
        self.keep(session, &take).await;
        Ok(take)
    }

    /// Whether a process renders an ordinary job after this one.
    pub(super) async fn goes_on(&mut self, mut session: Session, last: &Take) -> Tried {
        if !last.left_its_host() {
            return Err(Miss::Failed(last.ended.to_string()));
        }
        let next = self.render(&mut session, Scene::USUAL, &Map::new(), Cancel::Never).await?;
        self.keep(session, &next).await;
        let video = next.video().map_err(Miss::Failed)?;
        Ok(format!("the next job has {} frames", video.frames))
    }

    /// Lets a process render this.
    pub(super) async fn play(&mut self, session: &mut Session, render: Render, cancel: Cancel) -> Take {
        let folder = render.output.parent().map(Path::to_owned).unwrap_or_default();
        let take = session.render(render, cancel).await;
        // What cannot be removed goes with the stand.
        let _ = fs::remove_dir_all(folder);
        take
    }

    /// A job with a folder of its own.
    pub(super) async fn job(
        &mut self,
        described: &Described,
        scene: Scene,
        params: Map<String, Value>,
    ) -> anyhow::Result<Render> {
        self.count += 1;
        let folder = self.folder.path().join(format!("job-{}", self.count));
        fs::create_dir_all(folder.join("work"))?;
        let combination = described.description.descriptor.inputs.get(scene.combination);
        let takes = |input| combination.is_some_and(|combination| combination.contains(&input));
        let (sound, speech) = self.materials.speech(scene.speech);
        let source_video = if takes(Input::SourceVideo) { Some(self.materials.video().await?) } else { None };
        let job = RenderJob {
            id: format!("conformance-{}", self.count),
            portrait: takes(Input::Portrait).then(|| self.materials.portrait(scene.portrait)),
            face: None, // whatever finds faces on this machine, an engine must do without
            speech: takes(Input::Speech).then_some(engine_api::Speech::File(speech)),
            source_video,
            work_dir: folder.join("work"),
            params: Value::Object(params),
        };
        let sound = takes(Input::Speech).then_some(sound);
        Ok(Render { job, spoken: None, sound, output: folder.join("video.mp4"), calls: Some(folder.join("calls")) })
    }

    /// A job that is rendered once for all checks that look at it, whatever came of it.
    ///
    /// # Errors
    /// There is no process for it.
    pub(super) async fn take(&mut self, scene: Scene) -> Result<Rc<Take>, Miss> {
        if let Some(take) = self.takes.get(&scene) {
            return Ok(Rc::clone(take));
        }
        let take = Rc::new(self.render_warm(scene, &Map::new(), Cancel::Never).await?);
        self.takes.insert(scene, Rc::clone(&take));
        Ok(take)
    }

    /// The job that every engine should render.
    ///
    /// # Errors
    /// It does not, which another check tells.
    pub(super) async fn usual(&mut self) -> Result<Rc<Take>, Miss> {
        let take = self.take(Scene::USUAL).await?;
        match take.video() {
            Ok(_) => Ok(take),
            Err(_) => Err(Miss::not_tried("it does not render an ordinary job: see rendering.completes")),
        }
    }

    /// Whether jobs of the engine's first combination bring an input.
    ///
    /// # Errors
    /// They do not.
    pub(super) async fn needs(&mut self, input: Input) -> Result<(), Miss> {
        let name = match input {
            Input::Portrait => "portrait",
            Input::Speech => "speech",
            Input::SourceVideo => "source video",
        };
        let described = self.described().await?;
        let first = described.description.descriptor.inputs.first();
        match first.is_some_and(|first| first.contains(&input)) {
            true => Ok(()),
            false => Err(Miss::not_applicable(format!("its first combination of inputs has no {name}"))),
        }
    }
}

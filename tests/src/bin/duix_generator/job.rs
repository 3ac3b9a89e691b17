//! One job of the double: from submission to its end, through the original's steps.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use avatar_tests::Behaviour;
use serde_json::{Map, json};

use crate::state::{Record, Service, counted};
use crate::video;

/// What was submitted, and what will happen to it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) code: String,
    pub(crate) audio: String,
    pub(crate) video: String,
    pub(crate) fate: Fate,
}

/// Which misbehaviour a job meets, settled when it is accepted.
#[derive(Debug)]
pub(crate) struct Fate {
    newer: bool,
    encoder: String,
    downloads: bool,
    wedge: bool,
    lose: bool,
    lose_with_file: bool,
    fail: Option<String>,
    missing_result: bool,
    unplayable_result: bool,
}

impl Fate {
    pub(crate) fn draw(behaviour: &mut Behaviour) -> Self {
        Self {
            newer: behaviour.newer,
            encoder: behaviour.encoder.clone(),
            downloads: !behaviour.no_downloads,
            wedge: counted(&mut behaviour.wedge),
            lose: counted(&mut behaviour.lose),
            lose_with_file: counted(&mut behaviour.lose_with_file),
            fail: counted(&mut behaviour.fail).then(|| behaviour.fail_message.clone()),
            missing_result: counted(&mut behaviour.missing_result),
            unplayable_result: counted(&mut behaviour.unplayable_result),
        }
    }
}

impl Job {
    /// Does the work and leaves its end to be asked for.
    pub(crate) fn run(&self, service: &Service) {
        let Some(end) = self.end(service).transpose() else {
            self.forget(service);
            return;
        };
        let mut state = service.state();
        state.records.insert(self.code.clone(), end.unwrap_or_else(Record::failed));
        if state.running.as_ref() == Some(&self.code) {
            state.running = None;
        }
    }

    /// The end; none if the job is forgotten.
    fn end(&self, service: &Service) -> Result<Option<Record>, String> {
        let start = Instant::now();
        let newer = self.fate.newer;
        service.step(&self.code, 0, "");
        let fetched = "视频入参或音频入参下载处理异常";
        let audio = self.input(service, &self.audio, "wav").map_err(|()| fetched)?;
        let video = self.input(service, &self.video, "mp4").map_err(|()| fetched)?;
        let heard = audio.as_deref().and_then(video::sound).ok_or("三次获取音频时长失败")?;
        let (progress, msg) = if newer { (5, "文件下载完成") } else { (10, "文件下载完成") };
        service.step(&self.code, progress, msg);

        let refused = |what: &str| format!("[{}]预处理失败，异常信息:[format {what} error]", self.code);
        let audio = audio.unwrap_or_default();
        self.format_audio(service, &audio, &heard).ok_or_else(|| refused("audio"))?;
        let reference = video.and_then(|video| self.format_video(service, &video)).ok_or_else(|| refused("video"))?;
        let _ = fs::create_dir(service.temp().join(&self.code));
        service.step(&self.code, 20, if newer { "视频特征提取完成" } else { "音频特征提取完成" });

        let dropped = self.fate.wedge && !service.wedge();
        if dropped || self.fate.lose {
            return Ok(None);
        }
        if let Some(message) = &self.fate.fail {
            return Err(message.replace("{code}", &self.code));
        }
        let silent = self.file(service, "-t.mp4");
        let result = self.file(service, "-r.mp4");
        let no_result = || "**生成视频失败".to_owned();
        video::cut(&reference.path, reference.frames_before(heard.seconds), &silent).ok_or_else(no_result)?;
        service.step(&self.code, if newer { 80 } else { 90 }, "视频处理完成");
        self.finish(&silent, &audio, &result).ok_or_else(no_result)?;
        if self.fate.lose_with_file {
            return Ok(None);
        }
        let cost = start.elapsed();
        Ok(Some(self.success(&result, &reference, cost)))
    }

    fn success(&self, result: &Path, reference: &video::Picture, cost: Duration) -> Record {
        let mut more = Map::new();
        if self.fate.newer {
            let length = video::sound(result).map_or(0.0, |sound| sound.seconds);
            more.insert("cost".into(), json!((cost.as_secs_f64() * 100.0).round() / 100.0));
            more.insert("video_duration".into(), json!((length * 1000.0).round() as u64));
            more.insert("width".into(), json!(reference.width));
            more.insert("height".into(), json!(reference.height));
        }
        let msg = if self.fate.newer { "视频处理完成" } else { "任务完成" };
        Record { status: 2, progress: 100, msg: msg.to_owned(), result: format!("/{}-r.mp4", self.code), more }
    }

    /// Makes the result, or what stands in for it.
    fn finish(&self, silent: &Path, audio: &Path, result: &Path) -> Option<()> {
        if self.fate.missing_result {
            return Some(());
        }
        if self.fate.unplayable_result {
            return fs::write(result, "no video at all\n".repeat(64)).ok();
        }
        video::join(silent, audio, &self.fate.encoder, result)
    }

    fn format_audio(&self, service: &Service, audio: &Path, heard: &video::Sound) -> Option<()> {
        heard.is_pcm_wav.then_some(())?;
        video::convert_audio(audio, &self.file(service, "_format.wav"))
    }

    fn format_video(&self, service: &Service, video: &Path) -> Option<video::Picture> {
        let mut picture = video::picture(video)?;
        let path = self.file(service, "_format.mp4");
        fs::copy(video, &path).ok()?;
        picture.path = path;
        Some(picture)
    }

    /// The file that an input names: none if the container cannot see it, an error if it cannot be fetched.
    fn input(&self, service: &Service, name: &str, kind: &str) -> Result<Option<PathBuf>, ()> {
        if name.starts_with("http://") || name.starts_with("https://") {
            let file = self.file(service, &format!(".{kind}"));
            return match self.fate.downloads {
                true => fetch(name, &file).map(|()| Some(file)).ok_or(()),
                false => Err(()),
            };
        }
        let path = match name.strip_prefix("/code/data/") {
            Some(rest) => service.data.join(rest),
            None if name.starts_with('/') => return Ok(None),
            None => service.temp().join(name),
        };
        // What lies outside, or is a link to there, is not in the container.
        Ok(path.canonicalize().ok().filter(|path| path.starts_with(&service.data)))
    }

    fn file(&self, service: &Service, rest: &str) -> PathBuf {
        service.temp().join(format!("{}{rest}", self.code))
    }

    fn forget(&self, service: &Service) {
        let mut state = service.state();
        if state.running.as_ref() == Some(&self.code) {
            state.running = None;
            state.records.remove(&self.code);
        }
    }
}

fn fetch(url: &str, file: &Path) -> Option<()> {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60)));
    let agent: ureq::Agent = config.build().into();
    let mut response = agent.get(url).call().ok()?;
    let mut file = fs::File::create(file).ok()?;
    std::io::copy(&mut response.body_mut().as_reader(), &mut file).ok().map(drop)
}

//! Clients that use a gateway while it is tortured, and note what it accepts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use avatar_samples::random::Random;
use serde_json::{Value, json};

use crate::client::{Answer, Part};
use crate::torture::door::Door;
use crate::torture::ledger::{Ledger, Upload, sum};
use crate::torture::materials::Materials;
use crate::torture::order::Order;

/// So many jobs of one client may be unfinished before it only watches.
const OPEN_JOBS: usize = 4;
/// Between two steps of a client.
const STEP: Duration = Duration::from_millis(10);
/// How long a client goes on asking for what was not answered once it is told to stop.
const LAST_WORD: Duration = Duration::from_secs(60);

/// What all clients share.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) door: Arc<Door>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) materials: Arc<Materials>,
}

/// Clients at work.
#[derive(Debug)]
pub struct Clients {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Puts so many to work, each with its own part of the seed.
    pub(super) fn start(count: u64, world: &World, random: &mut Random) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..count).map(|_| {
            let random = Random::new(random.below(1 << 32), "client");
            let mut client = Client::new(world.clone(), random, Arc::clone(&stop));
            thread::spawn(move || client.work())
        });
        Self { threads: threads.collect(), stop }
    }

    /// Has them end, once they know of all that they have submitted whether it was accepted. The gateway must be there.
    ///
    /// # Panics
    /// One of them did.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("a client does not panic");
        }
    }
}

/// A client with what it has uploaded and submitted.
#[derive(Debug)]
pub(super) struct Client {
    world: World,
    pub(super) random: Random,
    stop: Arc<AtomicBool>,
    photo: Option<String>,
    /// Speeches, each with its length.
    speeches: Vec<(String, f64)>,
    open: Vec<String>,
    ended: Vec<String>,
}

impl Client {
    pub(super) fn new(world: World, random: Random, stop: Arc<AtomicBool>) -> Self {
        Self { world, random, stop, photo: None, speeches: vec![], open: vec![], ended: vec![] }
    }

    fn work(&mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            thread::sleep(STEP);
            self.step();
        }
    }

    fn step(&mut self) {
        let busy = self.open.len() >= OPEN_JOBS;
        match self.random.below(12) {
            _ if self.speeches.is_empty() => drop(self.upload_speech()),
            _ if self.photo.is_none() => self.upload_photo(),
            0 => drop(self.upload_speech()),
            1 => self.upload_photo(),
            2..=5 if !busy => self.submit_any(),
            6 if !busy => self.submit_with_file(),
            7 => self.cancel_one(),
            8 => self.fetch_one(),
            _ => self.watch(),
        }
    }

    /// Uploads any of the speeches. Returns its id and length if it was accepted.
    pub(super) fn upload_speech(&mut self) -> Option<(String, f64)> {
        let materials = Arc::clone(&self.world.materials);
        let speech = &materials.speeches[self.random.below(materials.speeches.len() as u64) as usize];
        let answer =
            self.world.door.post_form("/v1/audio", &[Part::file("file", "speech", speech.bytes.clone())], &[])?;
        let id = self.accepted("the upload of a speech", &answer, 201)?;
        let upload = Upload { routes: "audio", sum: Some(sum(&speech.bytes)), may_be_gone: false };
        self.world.ledger.upload(id.clone(), upload);
        self.speeches.push((id.clone(), speech.seconds));
        Some((id, speech.seconds))
    }

    fn upload_photo(&mut self) {
        let portrait = self.world.materials.portrait.clone();
        let Some(answer) =
            self.world.door.post_form("/v1/photos", &[Part::file("file", "portrait.png", portrait)], &[])
        else {
            return;
        };
        if let Some(id) = self.accepted("the upload of a photo", &answer, 201) {
            self.world.ledger.upload(id.clone(), Upload { routes: "photos", sum: None, may_be_gone: false });
            self.photo = Some(id);
        }
    }

    fn submit_any(&mut self) {
        let short: Vec<_> = self.speeches.iter().filter(|(_, seconds)| *seconds <= 1.0).cloned().collect();
        let Some((audio, seconds)) = short.get(self.random.below(short.len().max(1) as u64) as usize).cloned() else {
            return;
        };
        let order = Order::any(&mut self.random, seconds);
        self.submit(&order, &audio);
    }

    /// Submits a job on uploaded speech, under a name of its own and so often until it is answered; returns the job's id.
    pub(super) fn submit(&mut self, order: &Order, audio: &str) -> Option<String> {
        let mut body = json!({"engine": order.engine, "audio_id": audio, "params": order.params});
        if order.engine == "puppet" {
            body["photo_id"] = json!(self.photo);
        }
        let door = Arc::clone(&self.world.door);
        let headers = [("content-type", "application/json")];
        self.insist(order, |key| {
            let headers = [&headers[..], &[("idempotency-key", key)]].concat();
            door.ask("POST", "/v1/jobs", &headers, body.to_string())
        })
    }

    /// Submits a job on speech that somebody may be deleting: one that is not there is refused.
    pub(super) fn submit_if_there(&self, order: &Order, audio: &str) {
        let body = json!({"engine": order.engine, "audio_id": audio, "params": order.params});
        let headers = [("content-type", "application/json")];
        let Some(answer) = self.world.door.ask("POST", "/v1/jobs", &headers, body.to_string()) else { return };
        if answer.status == 422 && answer.json()["code"] == "audio.not_found" {
            return;
        }
        if let Some(id) = self.accepted("a submission", &answer, 202) {
            self.world.ledger.job(id, order.expected);
        }
    }

    /// Submits a job with its speech in the same request.
    fn submit_with_file(&mut self) {
        let materials = Arc::clone(&self.world.materials);
        let speech = materials.short_speech(&mut self.random);
        let order = Order::plain(&mut self.random, speech.seconds);
        let params = order.params.to_string();
        let door = Arc::clone(&self.world.door);
        self.insist(&order, |key| {
            let parts = [
                Part::text("engine", order.engine),
                Part::text("params", &params),
                Part::file("audio", "speech.wav", speech.bytes.clone()),
            ];
            door.post_form("/v1/jobs", &parts, &[("idempotency-key", key)])
        });
    }

    /// Sends a submission again and again under one name, as a careful client does, until it is answered.
    fn insist(&mut self, order: &Order, send: impl Fn(&str) -> Option<Answer>) -> Option<String> {
        let key = format!("{:016x}", self.random.below(u64::MAX));
        let mut last_word = None;
        let answer = loop {
            if let Some(answer) = send(&key) {
                break answer;
            }
            let since = last_word.get_or_insert_with(Instant::now);
            if !self.stop.load(Ordering::Relaxed) {
                *since = Instant::now();
            } else if since.elapsed() > LAST_WORD {
                self.world.ledger.unanswered();
                return None;
            }
            thread::sleep(STEP);
        };
        let id = self.accepted("a submission", &answer, 202)?;
        self.world.ledger.job(id.clone(), order.expected);
        self.open.push(id.clone());
        Some(id)
    }

    /// The id in an answer that must have this status, or be a refusal that the door has judged.
    fn accepted(&self, what: &str, answer: &Answer, status: u16) -> Option<String> {
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let id = body.as_ref().and_then(|body| body["id"].as_str());
        match id {
            Some(id) if answer.status == status => return Some(id.to_owned()),
            _ if answer.status >= 500 => {}
            _ if self.world.door.allows(answer) => self.world.ledger.refused(),
            _ => {
                let words = String::from_utf8_lossy(&answer.body);
                self.world.ledger.wrong(format!("{what} was answered {}: {words}", answer.status));
            }
        }
        None
    }

    /// Looks at the jobs that have not ended.
    fn watch(&mut self) {
        let door = Arc::clone(&self.world.door);
        self.open.retain(|id| {
            let job = door.get(&format!("/v1/jobs/{id}")).filter(|answer| answer.status == 200);
            let ended = job.is_some_and(|answer| !answer.json()["finished_at"].is_null());
            if ended {
                self.ended.push(id.clone());
            }
            !ended
        });
    }

    /// Fetches a video that is there.
    fn fetch_one(&mut self) {
        let Some(id) = self.ended.pop() else { return };
        let answer = self.world.door.get(&format!("/v1/jobs/{id}/video"));
        if let Some(answer) = answer.filter(|answer| ![200, 409, 500, 503].contains(&answer.status)) {
            self.world.ledger.wrong(format!("the video of job {id} was answered {}", answer.status));
        }
    }

    /// Cancels a job now and then.
    fn cancel_one(&mut self) {
        if self.random.chance(0.8) {
            return;
        }
        let Some(id) = self.open.last() else { return };
        self.world.ledger.cancel(id);
        self.world.door.ask("POST", &format!("/v1/jobs/{id}/cancel"), &[], []);
    }
}

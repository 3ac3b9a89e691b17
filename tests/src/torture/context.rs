//! What a kind has in its hands: a gateway that it may start, harm and start again, clients, and the seed.

#![allow(clippy::print_stdout, reason = "who starts it wants to see how it goes")]

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use avatar_samples::random::Random;
use rustix::process::{Pid, Signal, kill_process};

use crate::gateway::Gateway;
use crate::launch::Launch;
use crate::site::Site;
use crate::torture::clients::{Client, Clients, World};
use crate::torture::door::Door;
use crate::torture::ledger::Ledger;
use crate::torture::materials::Materials;

/// How long a gateway may take to end that is told to, beyond `drain_seconds`.
const END: Duration = Duration::from_secs(15);
/// How often who watches is told how it goes.
const TELL: Duration = Duration::from_secs(20);
/// How often a wait looks whether it is over.
const GLANCE: Duration = Duration::from_millis(50);

/// How long a kind is to strike, and for whom.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) time: Duration,
    /// Somebody reads how it goes, and the machine is there for this alone: answers have to come in time.
    pub(super) is_watched: bool,
    /// Becomes `true` when it is to end early.
    pub(super) interrupted: Arc<AtomicBool>,
}

/// A gateway under torture.
#[derive(Debug)]
pub struct Context {
    /// The seed's part of this kind: everything that it draws comes from here.
    pub random: Random,
    /// How the next gateway is started.
    pub launch: Launch,
    pub(super) world: World,
    // What is dropped first stands first: nothing else can go while a gateway runs.
    gateway: Option<Gateway>,
    grip: Option<Box<dyn Any>>,
    /// Where it runs.
    pub site: Site,
    begun: Instant,
    limit: Duration,
    told: Instant,
    tell: bool,
    interrupted: Arc<AtomicBool>,
    faults: u64,
    starts: u64,
    notes: Vec<String>,
}

impl Context {
    /// A gateway that is not yet started, to be harmed as `plan` says.
    pub(super) fn new(site: Site, random: Random, world: World, plan: &Plan) -> Self {
        let now = Instant::now();
        Self {
            random,
            launch: Launch::default(),
            world,
            gateway: None,
            grip: None,
            site,
            begun: now,
            limit: plan.time,
            told: now,
            tell: plan.is_watched,
            interrupted: Arc::clone(&plan.interrupted),
            faults: 0,
            starts: 0,
            notes: vec![],
        }
    }

    /// Whether there is time for another fault. Who watches is told now and then how it goes, and a gateway that has ended by
    /// itself, which is wrong, is started again.
    pub fn goes_on(&mut self) -> bool {
        if let Some(status) = self.gateway.as_mut().and_then(Gateway::ended) {
            self.world.door.close();
            self.world.ledger.wrong(format!("the gateway has ended by itself: {status}"));
            self.gateway = None;
            self.start();
        }
        if self.tell && self.told.elapsed() > TELL {
            let (time, wrong) = (self.begun.elapsed(), self.world.ledger.faults().count);
            println!("   {time:.0?}: {} faults, {} restarts, {wrong} wrong", self.faults, self.restarts());
            self.told = Instant::now();
        }
        self.begun.elapsed() < self.limit && !self.interrupted.load(Ordering::Relaxed)
    }

    /// Waits for a time between two numbers of seconds, which the seed chooses; not beyond the end.
    pub fn pause(&mut self, least: f32, most: f32) {
        let end = Instant::now() + Duration::from_secs_f32(self.random.between(least, most));
        while Instant::now() < end && self.goes_on() {
            thread::sleep(GLANCE.min(end.saturating_duration_since(Instant::now())));
        }
    }

    /// Counts a fault that has struck.
    pub fn strike(&mut self) {
        self.faults += 1;
    }

    /// Has the report say something more than its figures.
    pub fn note(&mut self, words: String) {
        self.notes.push(words);
    }

    /// Starts a gateway, if none runs, and lets the clients in.
    ///
    /// # Panics
    /// It does not listen.
    pub fn start(&mut self) {
        if self.starts == 0 {
            self.begun = Instant::now(); // what had to be made before counts for nothing
        }
        if self.gateway.is_none() {
            let gateway = self.site.start_as(&self.launch);
            self.world.door.open(&gateway);
            self.gateway = Some(gateway);
            self.starts += 1;
        }
    }

    /// Keeps what the gateway runs on, such as a mounted disk, until the audit is over and the gateway has ended.
    pub(super) fn hold(&mut self, grip: impl Any) {
        self.grip = Some(Box::new(grip));
    }

    /// Kills the gateway as a power cut would.
    pub fn kill(&mut self) {
        self.world.door.close();
        if let Some(gateway) = self.gateway.take() {
            gateway.kill();
        }
    }

    /// Tells the gateway to end, and waits until it has.
    ///
    /// # Panics
    /// It does not, or not well.
    pub fn stop(&mut self) {
        self.world.door.close();
        if let Some(gateway) = self.gateway.take() {
            gateway.terminate();
            let status = gateway.stop_without_signal(END);
            assert!(status.success(), "the gateway was told to end, and ended with {status}");
        }
    }

    /// The gateway that runs.
    ///
    /// # Panics
    /// There is none.
    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().expect("the kind has started a gateway")
    }

    /// Puts so many clients to work.
    pub fn clients(&mut self, count: u64) -> Clients {
        Clients::start(count, &self.world, &mut self.random)
    }

    /// A client that does only what it is told.
    pub(super) fn client(&mut self) -> Client {
        let random = Random::new(self.random.below(1 << 32), "client");
        Client::new(self.world.clone(), random, Arc::default())
    }

    /// Sends a signal to a process that the gateway has started; nothing happens if it has ended.
    pub(super) fn signal(&self, process: u32, signal: Signal) {
        if let Some(pid) = Pid::from_raw(process.cast_signed()) {
            let _ = kill_process(pid, signal);
        }
    }

    pub(super) fn door(&self) -> &Door {
        &self.world.door
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.world.ledger
    }

    pub(super) fn materials(&self) -> Arc<Materials> {
        Arc::clone(&self.world.materials)
    }

    pub(super) fn faults(&self) -> u64 {
        self.faults
    }

    pub(super) fn restarts(&self) -> u64 {
        self.starts.saturating_sub(1)
    }

    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

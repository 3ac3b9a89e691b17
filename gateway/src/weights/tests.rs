//! Downloads from hubs that redirect, break off, lie, change their minds, or keep their doors shut.

mod files;
mod github;
mod server;

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use engine_api::Weight;
use tempfile::TempDir;

use crate::digest::of_bytes;
use crate::weights::hub::{Hub, Patience};
use crate::weights::hubs::Hubs;
use crate::weights::progress::Event;
use crate::weights::pull::{Pull, free};
use crate::weights::tests::server::{Reply, Server};
use crate::weights::{Failures, items};

const PATIENCE: Patience = Patience { attempts: 3, wait: Duration::from_millis(5), silence: Duration::from_secs(60) };

/// A folder of weights and what became of pulls into it.
struct Scene {
    folder: TempDir,
    told: RefCell<Vec<String>>,
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), told: RefCell::default() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn pull(&self, hub: &Server, weights: &[Weight]) -> Result<u64, Failures> {
        self.pull_as(hub, weights, None)
    }

    fn pull_as(&self, hub: &Server, weights: &[Weight], token: Option<&str>) -> Result<u64, Failures> {
        self.pull_from(&hubs(&hub.url, &hub.url, token, &PATIENCE), weights)
    }

    fn pull_from(&self, hubs: &Hubs, weights: &[Weight]) -> Result<u64, Failures> {
        let watch = |file: &str, event: Event<'_>| self.told.borrow_mut().push(format!("{file} {event:?}"));
        let pull = Pull { hubs, folder: self.folder.path(), patience: PATIENCE, free: &free, watch: &watch };
        block_on(pull.run(&items(self.folder.path(), weights).unwrap()))
    }

    fn fails(&self, hub: &Server, weight: Weight) -> String {
        self.pull(hub, &[weight]).unwrap_err().to_string()
    }

    /// Every file in the folder.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A hub and a GitHub at two addresses.
fn hubs(models: &str, github: &str, token: Option<&str>, patience: &Patience) -> Hubs {
    Hubs { models: Hub::models(models, token, patience).unwrap(), github: Hub::github(github, patience).unwrap() }
}

fn block_on<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(task)
}

/// A file with everything known of it.
fn described(content: &[u8]) -> Weight {
    Weight { bytes: Some(content.len() as u64), sha256: Some(of_bytes(content)), ..unknown() }
}

/// A file with nothing known of it.
fn unknown() -> Weight {
    Weight { file: "net.bin".into(), source: "ann/net/net.bin".into(), bytes: None, sha256: None, optional: false }
}

fn content() -> Vec<u8> {
    (0..300_000u32).map(|at| (at / 7 % 251) as u8).collect()
}

/// A hub that redirects to a storage on another port, as for large files.
fn linked(content: &[u8], storage: &Server) -> Server {
    let (sum, size, target) = (of_bytes(content), content.len(), format!("{}/blob", storage.url));
    Server::start(move |_| {
        let reply = Reply::status(302).with("location", target.as_str());
        reply.with("x-linked-etag", format!("\"{sum}\"")).with("x-linked-size", size.to_string())
    })
}

#[test]
fn a_large_file_comes_from_the_storage_which_never_sees_the_token() {
    let content = content();
    let sent = content.clone();
    let storage = Server::start(move |request| Reply::file(request, &sent, "the storage's own"));
    let hub = linked(&content, &storage);
    let scene = Scene::new();
    let fetched = scene.pull_as(&hub, &[unknown()], Some("hf_secret\n")).unwrap();
    assert_eq!(fetched, content.len() as u64);
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);
    assert_eq!(scene.files(), ["net.bin"]);
    let asked = hub.requests();
    assert_eq!(asked.iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), ["HEAD", "GET"]);
    assert!(asked.iter().all(|request| request.path == "/ann/net/resolve/main/net.bin"));
    assert!(asked.iter().all(|request| request.header("authorization") == Some("Bearer hf_secret")));
    assert_eq!(storage.requests().len(), 1);
    assert_eq!(storage.requests()[0].header("authorization"), None);
}

#[test]
fn a_broken_connection_is_continued_where_it_broke() {
    let content = content();
    let sent = content.clone();
    let storage = Server::start(move |request| match Reply::file(request, &sent, "storage") {
        reply if request.number < 4 => reply.cut(60_000),
        reply => reply,
    });
    let scene = Scene::new();
    // Four breaks, and only three fruitless attempts in a row are allowed: progress counts.
    let fetched = scene.pull(&linked(&content, &storage), &[described(&content)]).unwrap();
    assert_eq!(fetched, content.len() as u64, "nothing came twice");
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);
    let gets = storage.gets();
    assert_eq!(gets[1].header("range"), Some("bytes=60000-"));
    assert_eq!(gets[1].header("if-range"), Some("\"storage\""), "it is the storage's own tag");
    assert_eq!(gets.len(), 5);
    assert!(scene.told.borrow().iter().any(|told| told.contains("Broken")));
}

#[test]
fn the_next_pull_continues_what_the_last_one_gave_up() {
    let content = content();
    let sent = content.clone();
    let hub = Server::start(move |request| match Reply::file(request, &sent, "one") {
        reply if request.method == "GET" && request.number == 0 => reply.cut(100_000),
        _ if request.method == "GET" && request.number < 4 => Reply::status(503),
        reply => reply,
    });
    let scene = Scene::new();
    let error = scene.fails(&hub, described(&content));
    assert!(error.contains("net.bin: given up after 3 attempts") && error.contains("503"), "{error}");
    assert_eq!(scene.files(), ["net.bin.part", "net.bin.part.json"]);
    assert_eq!(scene.pull(&hub, &[described(&content)]).unwrap(), 200_000);
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);
    assert_eq!(scene.files(), ["net.bin"]);
}

#[test]
fn a_storage_that_ignores_ranges_begins_anew_but_not_for_ever() {
    let content = content();
    let sent = content.clone();
    let once = Server::start(move |request| match Reply::whole(&sent).with("etag", "\"one\"") {
        reply if request.method == "GET" && request.number == 0 => reply.cut(100_000),
        reply => reply,
    });
    let scene = Scene::new();
    assert_eq!(scene.pull(&once, &[described(&content)]).unwrap(), 400_000);
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);

    let sent = content.clone();
    let always = Server::start(move |_| Reply::whole(&sent).with("etag", "\"one\"").cut(100_000));
    let error = Scene::new().fails(&always, described(&content));
    assert!(error.contains("given up after 3 attempts"), "{error}");
}

#[test]
fn a_file_that_changes_between_attempts_begins_anew() {
    for obeys_if_range in [true, false] {
        let (old, new) = (content(), content().iter().map(|byte| byte ^ 1).collect::<Vec<_>>());
        let sent = new.clone();
        let hub = Server::start(move |request| match request.number {
            0 => Reply::file(request, &old, "old").cut(100_000),
            _ if !obeys_if_range && request.header("range").is_some() => {
                Reply::partial(&sent, 100_000).with("etag", "\"new\"")
            }
            _ => Reply::file(request, &sent, "new"),
        });
        let scene = Scene::new();
        assert!(scene.pull(&hub, &[unknown()]).is_ok());
        assert!(fs::read(scene.path("net.bin")).unwrap() == new, "{obeys_if_range}");
    }
}

#[test]
fn wrong_bytes_never_get_the_files_name() {
    let content = content();
    let mut wrong = content.clone();
    wrong[200_000] ^= 1;
    let (expected, found) = (of_bytes(&content), of_bytes(&wrong));
    let storage = Server::start(move |request| Reply::file(request, &wrong, "x"));
    // The hub knows the sum where the engine does not.
    for weight in [described(&content), unknown()] {
        let scene = Scene::new();
        fs::write(scene.path("net.bin"), "the old one").unwrap();
        let error = scene.fails(&linked(&content, &storage), weight);
        assert!(["net.bin", &expected, &found].iter().all(|part| error.contains(part)), "{error}");
        assert_eq!(scene.files(), ["net.bin"], "the part is gone");
        assert_eq!(fs::read(scene.path("net.bin")).unwrap(), b"the old one");
    }
}

#[test]
fn a_source_that_has_something_else_is_refused_before_its_bytes() {
    let content = content();
    let storage = Server::start(|_| Reply::status(500));
    let hub = linked(&content, &storage);
    let longer = Weight { bytes: Some(300_001), ..unknown() };
    let error = Scene::new().fails(&hub, longer);
    assert!(error.contains("should have 300001 bytes and has 300000"), "{error}");
    let other = Weight { bytes: Some(300_000), sha256: Some(of_bytes(b"other")), ..unknown() };
    let error = Scene::new().fails(&hub, other);
    assert!(error.contains(&of_bytes(b"other")) && error.contains(&of_bytes(&content)), "{error}");
    assert_eq!(hub.gets().len(), 0);

    // A storage with another size than its hub says.
    let short = Server::start(|request| Reply::file(request, b"short", "x"));
    let scene = Scene::new();
    let error = scene.fails(&linked(&content, &short), unknown());
    assert!(error.contains("should have 300000 bytes and has 5"), "{error}");
    assert_eq!(scene.files(), [""; 0]);
}

//! What is refused before a byte comes, what lies on disk already, and several files at once.

use std::thread;

use crate::weights::tests::*;
use crate::weights::{ModelError, Place, State};

fn named(file: &str) -> Weight {
    Weight { file: file.into(), source: format!("ann/net/{file}"), ..unknown() }
}

#[test]
fn closed_doors_and_missing_files_say_what_to_do() {
    for (status, token, words) in [
        (401, None, "accept the terms on http://127.0.0.1"),
        (401, None, "set HF_TOKEN"),
        (403, Some("hf_x"), "the token that was sent is not let in"),
        (404, None, "ann/net/net.bin: there is no such file at http://127.0.0.1"),
        (418, None, "the hub answered 418"),
    ] {
        let hub = Server::start(move |_| Reply::status(status));
        let error = Scene::new().pull_as(&hub, &[unknown()], token).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(!error.contains("hf_x"), "{error}");
        assert_eq!(hub.requests().len(), 1, "asking again would change nothing");
    }
}

#[test]
fn a_hub_that_is_away_or_silent_is_given_up() {
    // The silence is what is waited for here; elsewhere it only ends what hangs.
    let patience = Patience { silence: Duration::from_millis(500), ..PATIENCE };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let away = hubs(&address, &address, None, &patience);
    let scene = Scene::new();
    let items = items(scene.folder.path(), &[unknown()]).unwrap();
    let pull = Pull { hubs: &away, folder: scene.folder.path(), patience, free: &free, watch: &|_, _| () };
    let error = block_on(pull.run(&items)).unwrap_err().to_string(); // it accepts, and says nothing
    assert!(error.contains("nothing comes any more") && error.contains("look at the connection"), "{error}");
    drop(listener);
    let error = block_on(pull.run(&items)).unwrap_err().to_string();
    assert!(error.contains("127.0.0.1: ") && error.contains("refused"), "{error}");
}

#[test]
fn endless_and_unsafe_redirects_are_not_followed() {
    let hub = Server::start(|_| Reply::status(302).with("location", "/again"));
    let error = Scene::new().fails(&hub, unknown());
    assert!(error.contains("redirects more than"), "{error}");
    let hub = Server::start(|_| Reply::status(302).with("location", "ftp://127.0.0.1/x"));
    let error = Scene::new().fails(&hub, unknown());
    assert!(error.contains("leads nowhere safe"), "{error}");
}

#[test]
fn the_disk_is_looked_at_before_the_first_byte() {
    let content = content();
    let sent = content.clone();
    let hub = Server::start(move |request| match Reply::file(request, &sent, "one") {
        reply if request.method == "GET" && request.number == 0 => reply.cut(100_000),
        _ if request.method == "GET" && request.number < 3 => Reply::status(500),
        reply => reply,
    });
    let scene = Scene::new();
    scene.fails(&hub, unknown());
    let before = hub.gets().len();
    let hubs = hubs(&hub.url, &hub.url, None, &PATIENCE);
    let items = items(scene.folder.path(), &[unknown(), named("2.bin")]).unwrap();
    let pull = |free: u64| {
        let free = move |_: &std::path::Path| Ok(free);
        let folder = scene.folder.path();
        block_on(Pull { hubs: &hubs, folder, patience: PATIENCE, free: &free, watch: &|_, _| () }.run(&items))
    };
    // Of 600000 bytes, 100000 are there.
    let error = pull(499_999).unwrap_err();
    assert!(matches!(error.iter().next(), Some(ModelError::NoRoom { needed: 500_000, free: 499_999, .. })), "{error}");
    assert!(error.to_string().contains("are missing"), "{error}");
    assert_eq!(hub.gets().len(), before);
    assert_eq!(pull(500_000).unwrap(), 500_000);
}

#[test]
fn at_most_four_files_come_at_once_and_one_that_fails_keeps_no_other_back() {
    let running = std::sync::Arc::new((std::sync::Mutex::new((0, 0)), std::sync::Condvar::new()));
    let seen = running.clone();
    let hub = Server::start(move |request| {
        let (counts, changed) = &*seen;
        let mut held = counts.lock().unwrap();
        held.0 += 1;
        held.1 = held.1.max(held.0);
        changed.notify_all();
        // Until four are here; then none waits any more, but for a moment in which a fifth would show.
        drop(changed.wait_timeout_while(held, Duration::from_secs(60), |held| held.1 < 4).unwrap());
        thread::sleep(Duration::from_millis(30));
        counts.lock().unwrap().0 -= 1;
        match request.path.ends_with("4.bin") && request.method == "GET" {
            true => Reply::status(404),
            false => Reply::file(request, b"abc", "one"),
        }
    });
    let scene = Scene::new();
    let weights: Vec<_> = (0..9).map(|number| named(&format!("deep/{number}.bin"))).collect();
    let error = scene.pull(&hub, &weights).unwrap_err();
    assert_eq!(error.iter().count(), 1, "{error}");
    assert!(error.to_string().contains("deep/4.bin"), "{error}");
    let there = (0..9).filter(|number| scene.path(&format!("deep/{number}.bin")).exists()).count();
    assert_eq!(there, 8);
    assert_eq!(running.0.lock().unwrap().1, 4);
}

#[test]
fn one_pull_at_a_time_writes_into_a_folder() {
    let hub = Server::start(|request| Reply::file(request, b"abc", "one"));
    let scene = Scene::new();
    let other = fs::File::open(scene.folder.path()).unwrap();
    other.lock().unwrap();
    let error = scene.fails(&hub, unknown());
    assert!(error.contains("another pull"), "{error}");
    drop(other);
    assert_eq!(scene.pull(&hub, &[unknown()]).unwrap(), 3);
}

#[test]
fn files_stay_in_their_folder() {
    let folder = std::path::Path::new("weights");
    for file in ["/etc/passwd", "../a", "a/../../b", "", ".", "a/", "a\0b", "1.part", "1.part.json"] {
        let error = items(folder, &[Weight { file: file.into(), ..unknown() }]).unwrap_err();
        assert!(error.to_string().contains("no path inside a folder"), "{file:?}: {error}");
    }
    for sum in ["", "abc", &"g".repeat(64), &"a".repeat(65)] {
        let error = items(folder, &[Weight { sha256: Some(sum.into()), ..unknown() }]).unwrap_err();
        assert!(error.to_string().contains("no SHA-256"), "{sum:?}: {error}");
    }
    let unsourced = Weight { source: "ann/net".into(), ..unknown() };
    let error = items(folder, &[unknown(), unknown(), unsourced, named("a/b.bin")]).unwrap_err().to_string();
    assert!(error.contains("2 files are in trouble") && error.contains("twice"), "{error}");
}

#[test]
fn the_state_of_a_file_is_told_by_size_and_then_by_content() {
    let scene = Scene::new();
    let item = |weight: Weight| items(scene.folder.path(), &[weight]).unwrap().remove(0);
    let known = item(described(b"right"));
    assert_eq!(known.state(), State::Missing);
    fs::write(&known.path, "longer than that").unwrap();
    assert_eq!(known.verify(&mut |_| ()), State::WrongSize { expected: 5, found: 16 });
    fs::write(&known.path, "wrong").unwrap();
    assert_eq!(known.state(), State::There);
    let (expected, found) = (of_bytes(b"right"), of_bytes(b"wrong"));
    assert_eq!(known.verify(&mut |_| ()), State::WrongContent { expected, found });
    fs::write(&known.path, "right").unwrap();
    let mut read = 0;
    let upper = Weight { sha256: Some(of_bytes(b"right").to_ascii_uppercase()), ..unknown() };
    assert_eq!(item(upper).verify(&mut |bytes| read += bytes), State::There);
    assert_eq!(read, 5);
    fs::remove_file(&known.path).unwrap();
    fs::create_dir(&known.path).unwrap();
    assert!(matches!(known.state(), State::Unreadable { .. }));
}

#[test]
fn the_environment_names_hub_and_token() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "hf_kept\n").unwrap();
    let kept = folder.path().to_str().unwrap().to_owned();
    let server = Server::start(|request| Reply::file(request, b"abc", "one"));
    let url = server.url.clone();
    for (variables, token) in [
        (vec![("HF_TOKEN", "hf_a"), ("HUGGING_FACE_HUB_TOKEN", "hf_b"), ("HF_HOME", &kept)], Some("Bearer hf_a")),
        (vec![("HF_TOKEN", " "), ("HUGGING_FACE_HUB_TOKEN", "hf_b"), ("HF_HOME", &kept)], Some("Bearer hf_b")),
        (vec![("HF_HOME", &kept), ("HOME", "/nowhere")], Some("Bearer hf_kept")),
        (vec![("HOME", "/nowhere")], None),
    ] {
        let lookup = |name: &str| match name {
            "HF_ENDPOINT" => Some(format!("{url}/")),
            _ => variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned()),
        };
        let hubs = Hubs::from_environment(lookup, &PATIENCE).unwrap();
        assert_eq!(block_on(hubs.models.look(&"ann/net/a".parse().unwrap())).unwrap().bytes, Some(3));
        assert_eq!(server.requests().last().unwrap().header("authorization"), token);
    }
    for wrong in ["hub", "file:///x", "ftp://127.0.0.1"] {
        let error = Hub::models(wrong, None, &PATIENCE).unwrap_err().to_string();
        assert!(error.starts_with("HF_ENDPOINT: ") && error.contains("https://huggingface.co"), "{error}");
        let error = Hub::github(wrong, &PATIENCE).unwrap_err().to_string();
        assert!(error.starts_with("GITHUB_RAW_ENDPOINT: "), "{error}");
    }
    assert!(matches!(Hub::models(&url, Some("a\nb"), &PATIENCE), Err(ModelError::Token)));
}

#[test]
fn a_folder_that_is_not_configured_comes_with_its_lines() {
    let folder = PathBuf::from("/srv/gate \"way\"/weights/net");
    let lines = Place { folder, is_configured: false }.lines("net");
    let table: toml::Table = lines.parse().unwrap();
    assert_eq!(table["engines"]["net"]["weights"].as_str(), Some("/srv/gate \"way\"/weights/net"));
}

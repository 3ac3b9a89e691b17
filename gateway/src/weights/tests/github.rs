//! Files that lie on GitHub: they come from there, without the hub's token, and are checked and continued like the hub's.

use crate::weights::tests::*;

fn on_github(content: &[u8]) -> Weight {
    Weight { source: "github:ann/net@v1.2/data/net.bin".into(), ..described(content) }
}

#[test]
fn each_file_comes_from_its_site_and_github_never_sees_the_token() {
    let content = content();
    let sent = content.clone();
    let github = Server::start(move |request| Reply::file(request, &sent, "one"));
    let hub = Server::start(|request| Reply::file(request, b"abc", "one"));
    let scene = Scene::new();
    let hubs = hubs(&hub.url, &github.url, Some("hf_secret"), &PATIENCE);
    let other = Weight { file: "other.bin".into(), ..unknown() };
    assert_eq!(scene.pull_from(&hubs, &[on_github(&content), other]).unwrap(), content.len() as u64 + 3);
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);
    assert_eq!(fs::read(scene.path("other.bin")).unwrap(), b"abc");

    let asked = github.requests();
    assert_eq!(asked.iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), ["HEAD", "GET"]);
    assert!(asked.iter().all(|request| request.path == "/ann/net/v1.2/data/net.bin"), "{asked:?}");
    assert!(asked.iter().all(|request| request.header("authorization").is_none()), "{asked:?}");
    assert!(hub.requests().iter().all(|request| request.header("authorization") == Some("Bearer hf_secret")));
}

#[test]
fn the_environment_names_a_mirror_of_github() {
    let mirror = Server::start(|request| Reply::file(request, b"abc", "one"));
    let url = mirror.url.clone();
    let lookup = |name: &str| match name {
        "GITHUB_RAW_ENDPOINT" => Some(format!("{url}/github/")),
        "HF_TOKEN" => Some("hf_secret".to_owned()),
        _ => None,
    };
    let hubs = Hubs::from_environment(lookup, &PATIENCE).unwrap();
    assert_eq!(Scene::new().pull_from(&hubs, &[on_github(b"abc")]).unwrap(), 3);
    let asked = mirror.requests();
    assert!(asked.iter().all(|request| request.path == "/github/ann/net/v1.2/data/net.bin"), "{asked:?}");
    assert!(asked.iter().all(|request| request.header("authorization").is_none()), "{asked:?}");
}

#[test]
fn a_broken_connection_to_github_is_continued() {
    let content = content();
    let sent = content.clone();
    let github = Server::start(move |request| match Reply::file(request, &sent, "one") {
        reply if request.method == "GET" && request.number == 0 => reply.cut(100_000),
        reply => reply,
    });
    let scene = Scene::new();
    assert_eq!(scene.pull(&github, &[on_github(&content)]).unwrap(), 300_000, "nothing came twice");
    assert_eq!(github.gets()[1].header("range"), Some("bytes=100000-"));
    assert_eq!(fs::read(scene.path("net.bin")).unwrap(), content);
}

#[test]
fn what_github_has_instead_is_refused() {
    let content = content();
    let mut wrong = content.clone();
    wrong[7] ^= 1;
    let github = Server::start(move |request| Reply::file(request, &wrong, "one"));
    let scene = Scene::new();
    let error = scene.fails(&github, on_github(&content));
    assert!(error.contains("its SHA-256 should be") && error.contains("pull again"), "{error}");
    assert_eq!(scene.files(), [""; 0]);

    // Where a large file lies elsewhere, there is a short text that tells of it.
    let pointer = Server::start(|request| Reply::file(request, b"version https://git-lfs.github.com/spec/v1", "one"));
    let error = Scene::new().fails(&pointer, on_github(&content));
    assert!(error.contains("should have 300000 bytes and has 42"), "{error}");
    assert_eq!(pointer.gets().len(), 0);
}

#[test]
fn what_github_refuses_has_remedies_without_a_token() {
    for (status, words) in [
        (404, "github:ann/net@v1.2/data/net.bin: there is no such file at http://127.0.0.1"),
        (403, "GitHub answered 403 Forbidden; try again later, or set GITHUB_RAW_ENDPOINT to a mirror"),
    ] {
        let github = Server::start(move |_| Reply::status(status));
        let error = Scene::new().pull_as(&github, &[on_github(b"abc")], Some("hf_x")).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("HF_"), "{error}");
        assert_eq!(github.requests().len(), 1, "asking again would change nothing");
    }
    let busy = Server::start(|_| Reply::status(429));
    let error = Scene::new().fails(&busy, on_github(b"abc"));
    assert!(error.contains("given up after 3 attempts") && error.contains("GitHub answered 429"), "{error}");

    let moving = Weight { source: "github:ann/net/data/net.bin".into(), ..unknown() };
    let error = items(std::path::Path::new("weights"), &[moving]).unwrap_err().to_string();
    assert!(error.contains("github:owner/repository@revision/path"), "{error}");
}

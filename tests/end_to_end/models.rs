//! The command `models`: lists weights, fetches them from a hub and GitHub, resumes, verifies; and the engine finds them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use avatar_tests::Site;
use serde_json::{Value, json};

const SMALL: &[u8] = b"small weights\n";

#[test]
fn weights_are_listed_fetched_and_checked() {
    let site = Site::new(&["testcard"], "");
    site.add_odd_plugin("plugin_weighty");
    let hub = hub();
    let folder = site.scratch().with_file_name("weights").join("weighty");
    let run = |arguments: &[&str]| site.command_with(&[&["models"], arguments].concat(), &at(&hub));

    let listed = run(&["list"]);
    assert!(listed.status.success(), "{}", text(&listed));
    for words in [
        "small.bin",
        "14 B",
        "missing",
        "better.bin",
        "(optional)",
        "ann/net@v1/large.bin",
        "github:ann/nets@v1.2/data/small.bin",
    ] {
        assert!(text(&listed).contains(words), "{words}: {}", text(&listed));
    }
    let unfetched = run(&["verify", "weighty"]);
    assert!(!unfetched.status.success());
    assert!(text(&unfetched).contains("`avatar-gateway models pull weighty`"), "{}", text(&unfetched));

    let pulled = run(&["pull", "weighty"]);
    assert!(pulled.status.success(), "{}", text(&pulled));
    assert!(
        text(&pulled).contains("all 4 files are in") && text(&pulled).contains("(100042 bytes)"),
        "{}",
        text(&pulled)
    );
    assert!(text(&pulled).contains("deep/large.bin: complete"), "{}", text(&pulled));
    assert_eq!(fs::read(folder.join("small.bin")).unwrap(), SMALL);
    assert_eq!(fs::read(folder.join("deep/large.bin")).unwrap(), large());
    assert_eq!(fs::read(folder.join("tag.bin")).unwrap(), SMALL);
    assert_eq!(fs::read(folder.join("better.bin")).unwrap(), SMALL);

    // The engine looks there once the lines that were printed are in the configuration.
    let lines: Vec<_> = text(&pulled).lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| line == "[engines.weighty]").expect("the lines are printed");
    site.add_config(&lines[first..first + 2].join("\n"));
    let checked = site.command(&["engines", "check", "--config", "config.toml"]);
    assert!(checked.status.success(), "{}", text(&checked));

    let again = run(&["pull", "weighty", "--config", "config.toml"]);
    assert!(again.status.success() && text(&again).contains("0 fetched"), "{}", text(&again));
    assert!(!text(&again).contains("[engines.weighty]"), "{}", text(&again));

    fs::write(folder.join("small.bin"), "other weights\n").unwrap();
    let wrong = run(&["verify", "weighty"]);
    assert!(!wrong.status.success());
    assert!(text(&wrong).contains("wrong content") && text(&wrong).contains("--force"), "{}", text(&wrong));
    assert!(run(&["pull", "weighty", "--force"]).status.success());
    let right = run(&["verify", "weighty"]);
    assert!(right.status.success(), "{}", text(&right));

    fs::remove_file(folder.join("better.bin")).unwrap();
    let without = run(&["verify", "weighty"]);
    assert!(without.status.success(), "{}", text(&without));
    assert!(text(&without).contains("absent better.bin: optional"), "{}", text(&without));
    assert!(site.command(&["engines", "check", "--config", "config.toml"]).status.success(), "it is ready without");

    let json: Value = serde_json::from_slice(&run(&["list", "weighty", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["weights"][1]["found"]["state"], "there", "{json}");
    assert_eq!((&json[0]["weights"][1]["optional"], &json[0]["weights"][3]["optional"]), (&json!(false), &json!(true)));
    assert_eq!(json[0]["weights"][3]["found"]["state"], "missing", "{json}");
    assert_eq!(json[0]["configured"], false, "{json}");
}

#[test]
fn what_cannot_be_fetched_is_explained() {
    let site = Site::new(&["testcard"], "");
    site.add_odd_plugin("plugin_weighty");
    let unknown = site.command(&["models", "pull", "weigty"]);
    assert!(!unknown.status.success());
    assert!(text(&unknown).contains("did you mean \"weighty\"?"), "{}", text(&unknown));
    let nothing = site.command(&["models", "pull", "testcard"]);
    assert!(nothing.status.success() && text(&nothing).contains("nothing to pull"), "{}", text(&nothing));

    let hub = hub();
    let elsewhere = format!("{hub}/no/such/place");
    let missing = site.command_with(&["models", "pull", "weighty"], &at(&elsewhere));
    assert!(!missing.status.success());
    assert!(text(&missing).contains("4 files are in trouble"), "{}", text(&missing));
    for source in ["ann/net/small.bin", "github:ann/nets@v1.2/data/small.bin"] {
        assert!(text(&missing).contains(&format!("{source}: there is no such file")), "{}", text(&missing));
    }
}

/// The environment in which all files come from one address.
fn at(url: &str) -> [(&'static str, &str); 2] {
    [("HF_ENDPOINT", url), ("GITHUB_RAW_ENDPOINT", url)]
}

/// A hub, and a GitHub, whose connection breaks when the large file is first fetched.
fn hub() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let fetched = AtomicUsize::new(0);
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &fetched)));
    url
}

fn answer(mut stream: TcpStream, fetched: &AtomicUsize) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let first = head.first().cloned().unwrap_or_default();
    let is_get = first.starts_with("GET ");
    let content = match first.split(' ').nth(1) {
        Some(
            "/ann/net/resolve/main/small.bin" | "/ann/net/resolve/main/better.bin" | "/ann/nets/v1.2/data/small.bin",
        ) => SMALL.to_vec(),
        Some("/ann/net/resolve/v1/large.bin") => large(),
        _ => {
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            return;
        }
    };
    let range = head.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = range.unwrap_or(0);
    let status = match range {
        Some(from) => format!("206 Partial\r\ncontent-range: bytes {from}-{}/{}", content.len() - 1, content.len()),
        None => "200 OK".to_owned(),
    };
    let breaks = is_get && content.len() > SMALL.len() && fetched.fetch_add(1, Ordering::Relaxed) == 0;
    let end = match (is_get, breaks) {
        (true, false) => content.len(),
        (true, true) => content.len() / 2,
        (false, _) => from,
    };
    let length = content.len() - from;
    let head = format!("HTTP/1.1 {status}\r\netag: \"one\"\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // Whoever asked may be gone already.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content[from..end]));
}

fn large() -> Vec<u8> {
    (0..100_000u32).map(|at| (at % 251) as u8).collect()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

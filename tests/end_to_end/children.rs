//! The children that decode what was sent: what they may take, what they see, and that they do not outlive the gateway.

use std::fs;
use std::net::Shutdown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use avatar_tests::pictures::{self, Coding};
use avatar_tests::{Answer, Api, Gateway, Part, Site, eventually, memory_peak, status};
use rustix::process::{Pid, Signal, kill_process};

use crate::MOMENT;
use crate::hang_ups::begun;

#[test]
fn a_child_sees_nothing_of_the_gateway_and_dies_with_it() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let sound = fs::read(half_an_hour(&site.scratch())).unwrap();
    let uploads = [(); 2].map(|()| upload(&gateway, sound.clone()));
    let children = eventually("children decode", MOMENT, || {
        let children = decoding(&gateway);
        (children.len() == 2).then_some(children)
    });
    children.iter().for_each(|child| signal(*child, Signal::STOP));
    let forks = gateway.forks().unwrap();
    assert_eq!(status(forks, "Threads").as_deref(), Some("1"), "nothing is half done where it forks");
    looks_confined(children[0], children[1], forks);
    looks_confined(children[1], children[0], forks);

    let killed = Instant::now();
    gateway.kill();
    for process in [&*children, &[forks]].concat() {
        eventually("nothing of it stays", Duration::from_secs(1), || (!is_alive(process)).then_some(()));
    }
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
    for upload in uploads {
        assert!(upload.join().is_err(), "it gets no answer");
    }
}

/// Looks at the environment, rights, limits and handles of a child that decodes beside another one.
fn looks_confined(child: u32, other: u32, forks: u32) {
    let environment = String::from_utf8_lossy(&fs::read(format!("/proc/{child}/environ")).unwrap()).into_owned();
    let variables: Vec<_> = environment.split_terminator('\0').collect();
    assert!(
        variables.iter().all(|variable| variable.starts_with("LD_LIBRARY_PATH=") || variable.starts_with("LIBHEIF_")),
        "{variables:?}"
    );
    assert_eq!(status(child, "NoNewPrivs").as_deref(), Some("1"));
    // Where the kernel has filters, both hold.
    assert!(status(child, "Seccomp_filters").is_none_or(|filters| filters == "2"));
    let limits = fs::read_to_string(format!("/proc/{child}/limits")).unwrap();
    for limit in ["Max cpu time", "Max data size", "Max core file size", "Max open files"] {
        let limit = limits.lines().find(|line| line.starts_with(limit)).unwrap();
        assert!(!limit.contains("unlimited"), "{limit}");
    }
    // stdin and stdout, stderr, and what its end is noticed by: nothing is there of another child, and no way to have one forked.
    let (own, of_forks, of_other) = (handles(child), handles(forks), handles(other));
    let alone = |kind: &str, others: &[String]| {
        own.iter().filter(|handle| handle.starts_with(kind) && !others.contains(handle)).count()
    };
    assert_eq!(own.iter().filter(|handle| handle.starts_with("socket:")).count(), 3, "{own:?}");
    assert_eq!(
        alone("socket:", &[of_forks.clone(), of_other.clone()].concat()),
        3,
        "{own:?}, {of_forks:?}, {of_other:?}"
    );
    // Others were open already in what has started the gateway.
    assert_eq!(alone("pipe:", &of_other), 1, "{own:?}, {of_other:?}");
}

#[test]
fn a_client_that_hangs_up_ends_its_child_whoever_of_the_two_is_deaf() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let sound = fs::read(half_an_hour(&site.scratch())).unwrap();
    let begin = || {
        let client = begun(&gateway, "/v1/audio", &sound, sound.len());
        (client, eventually("a child decodes", MOMENT, || decoding(&gateway).pop()))
    };
    let (client, stopped) = begin();
    signal(stopped, Signal::STOP);
    client.shutdown(Shutdown::Both).unwrap();
    eventually("a child that is stopped is killed", MOMENT, || (!is_alive(stopped)).then_some(()));

    let (client, alone) = begin();
    let forks = gateway.forks().unwrap();
    signal(forks, Signal::STOP);
    client.shutdown(Shutdown::Both).unwrap();
    eventually("a child that nobody kills ends by itself", MOMENT, || (!is_alive(alone)).then_some(()));
    signal(forks, Signal::CONT);
    eventually("nothing is left of them", MOMENT, || (gateway.children().is_empty()).then_some(()));
    gateway.uploaded("audio", &avatar_tests::speech(&site.scratch(), 1.0));
}

#[test]
fn what_ends_a_child_is_told_and_ends_no_other() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let sound = fs::read(half_an_hour(&site.scratch())).unwrap();
    let forks = eventually("what forks is there", MOMENT, || gateway.forks());
    for (by, code, words) in [
        (Signal::XCPU, "audio.undecodable", "in time"),
        (Signal::ABORT, "audio.undecodable", "wants more memory"),
        (Signal::ILL, "audio.undecodable", "crashed"),
        (Signal::KILL, "gateway.overloaded", "memory"),
    ] {
        let upload = upload(&gateway, sound.clone());
        let child = eventually("a child decodes", MOMENT, || decoding(&gateway).pop());
        signal(child, by);
        let problem = upload.join().unwrap().json();
        let told = format!("{} {}", problem["detail"], problem["code"]);
        assert!(told.contains(code) && told.contains(words), "{by:?}: {problem}");
    }
    assert_eq!(gateway.forks(), Some(forks));

    let upload = upload(&gateway, sound);
    let child = eventually("a child decodes", MOMENT, || decoding(&gateway).pop());
    signal(forks, Signal::KILL);
    assert_eq!(upload.join().unwrap().status, 503);
    eventually("what it has forked goes with it", MOMENT, || (!is_alive(child)).then_some(()));
    gateway.uploaded("audio", &avatar_tests::speech(&site.scratch(), 1.0));
    assert!(gateway.forks().is_some_and(|other| other != forks));
    assert!(gateway.log().contains("decoders are forked from has ended"), "{}", gateway.log());
}

#[test]
fn many_files_at_once_are_decoded_and_leave_nothing() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let forks = eventually("what forks is there", MOMENT, || gateway.forks());
    let files = [avatar_tests::speech(&site.scratch(), 1.0), avatar_tests::portrait(&site.scratch())];
    let [sound, photo] = files.map(|file| fs::read(file).unwrap());
    // What follows a file's end is not decoded, but makes another one of it, which is not known from before.
    let send = |kind: &str, file: &[u8], serial: u8| {
        let part = Part::file("file", "file", [file, &[serial]].concat());
        gateway.post_form(&format!("/v1/{kind}"), &[part]).expect(201);
    };
    // While it comes up it reads libraries, and for a moment it holds what has just ended: the least is what it has at rest.
    send("audio", &sound, 0);
    eventually("it forks nothing", MOMENT, || gateway.children().is_empty().then_some(()));
    let looks = (0..20).map(|_| {
        thread::sleep(Duration::from_millis(50));
        handles(forks).len()
    });
    let before = looks.min().unwrap();
    let (send, sound, photo) = (&send, &sound, &photo);
    thread::scope(|scope| {
        for serial in 1..=20 {
            scope.spawn(move || send("audio", sound, serial));
            scope.spawn(move || send("photos", photo, serial));
        }
    });
    assert_eq!(gateway.forks(), Some(forks));
    eventually("all of them are gone", MOMENT, || gateway.children().is_empty().then_some(()));
    eventually("it has let go of them", MOMENT, || (handles(forks).len() == before).then_some(()));
}

#[test]
fn nobody_starts_what_forks_by_hand() {
    let ended = Site::new(&[], "").work_by_hand(&["decoders"]);
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && told.contains("started by the gateway"), "{told}");
}

#[test]
fn a_picture_takes_no_more_than_its_header_promises() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let send = |name: &str, picture: Vec<u8>| {
        let problem = gateway.post_form("/v1/photos", &[Part::file("file", name, picture)]).expect(422);
        (problem["code"].as_str().unwrap().to_owned(), problem["detail"].as_str().unwrap().to_owned())
    };
    let colour = [(2, 2), (1, 1), (1, 1)];
    let (code, told) = send("greedy.webp", pictures::greedy_webp());
    assert!(code == "image.undecodable" && told.contains("memory"), "{code}: {told}");
    let (code, told) = send("passes.jpg", pictures::jpeg((7071, 7071), &colour, Coding::Progressive(0)));
    assert!(code == "image.too_large" && told.contains("progressive JPEG"), "{code}: {told}");
    let (code, told) = send("scans.jpg", pictures::jpeg((7071, 7071), &colour, Coding::OneByOne));
    assert!(code == "image.too_large" && told.contains("several scans"), "{code}: {told}");
    let (code, told) = send("endless.jpg", pictures::jpeg((1000, 1000), &colour, Coding::Progressive(1000)));
    assert!(code == "image.undecodable" && told.contains("scans"), "{code}: {told}");
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn pictures_of_fifty_million_pixels_are_decoded_at_once_in_little_memory() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let group = Group::limited(gateway.pid(), 256);
    let largest = (7071, 7071);
    let mut hostile = vec![
        pictures::jpeg(largest, &[(2, 2), (1, 1), (1, 1)], Coding::Baseline),
        pictures::jpeg(largest, &[(1, 1); 3], Coding::Baseline),
        pictures::jpeg(largest, &[(1, 1); 4], Coding::Baseline),
        pictures::jpeg((5000, 4800), &[(2, 2), (1, 1), (1, 1)], Coding::Progressive(3)),
        pictures::jpeg((3000, 3000), &[(1, 1); 3], Coding::OneByOne),
        pictures::greedy_webp(),
    ];
    for (name, options) in [
        ("16.png", ["-pix_fmt", "rgba64be"].as_slice()),
        ("interlaced.png", &["-pix_fmt", "rgba64be", "-flags", "+ildct"]),
        ("palette.png", &["-pix_fmt", "pal8"]),
        ("bits.png", &["-pix_fmt", "monob"]),
    ] {
        let file = site.scratch().join(name);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", "color=gray:size=7071x7071", "-frames:v", "1"])
            .args(options)
            .arg(&file)
            .status();
        assert!(made.unwrap().success(), "{name}");
        hostile.push(fs::read(&file).unwrap());
    }
    thread::scope(|scope| {
        let gateway = &gateway;
        for picture in hostile.iter().cycle().take(64) {
            scope.spawn(move || {
                let problem = gateway.post_form("/v1/photos", &[Part::file("file", "x", picture.clone())]).expect(422);
                assert!(["face.none", "image.undecodable"].contains(&problem["code"].as_str().unwrap()), "{problem}");
            });
        }
    });
    let peak = memory_peak(gateway.pid());
    assert!(peak < 128, "{peak} MiB were in use in the gateway itself");
    assert_eq!(gateway.get("/v1/photos").status, 200);
    if group.is_none() {
        eprintln!("nothing but the gateway's own memory was looked at: no memory group can be made here");
    }
    drop(gateway);
}

/// Sends a sound on a thread of its own.
fn upload(gateway: &Gateway, sound: Vec<u8>) -> JoinHandle<Answer> {
    let api = Api::clone(gateway);
    thread::spawn(move || api.post_form("/v1/audio", &[Part::file("file", "long.wav", sound)]))
}

/// The children that are at their work: a second thread is the last thing that one begins before it.
fn decoding(gateway: &Gateway) -> Vec<u32> {
    let mut children = gateway.children();
    children.retain(|child| status(*child, "Threads").as_deref() == Some("2"));
    children
}

/// What a process has open.
fn handles(process: u32) -> Vec<String> {
    let handles = fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    handles.filter_map(|handle| Some(fs::read_link(handle.path()).ok()?.to_string_lossy().into_owned())).collect()
}

fn signal(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process.cast_signed()).unwrap(), signal).unwrap();
}

/// A sound that takes a child a while.
fn half_an_hour(folder: &Path) -> PathBuf {
    let file = folder.join("long.wav");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "sine=sample_rate=8000:duration=1700", "-c:a", "pcm_u8"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    file
}

/// Whether a process is there and not only waits for somebody to learn of its end.
fn is_alive(process: u32) -> bool {
    status(process, "State").is_some_and(|state| !state.starts_with('Z'))
}

/// A group of processes whose memory the system limits.
struct Group(PathBuf);

impl Group {
    /// Limits a process, and those that it starts from now on, to so many MiB; none where this user or system cannot.
    fn limited(process: u32, mebibytes: u64) -> Option<Self> {
        let name = format!("avatar-test-{process}");
        [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")].into_iter().find_map(
            |(root, limit)| {
                let group = Self(Path::new(root).join(&name));
                fs::create_dir(&group.0).ok()?;
                fs::write(group.0.join(limit), (mebibytes << 20).to_string()).ok()?;
                fs::write(group.0.join("cgroup.procs"), process.to_string()).ok()?;
                Some(group)
            },
        )
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It goes once nobody is in it: the last children die after the gateway.
        let gone = || {
            thread::sleep(Duration::from_millis(20));
            fs::remove_dir(&self.0).is_ok()
        };
        if !(0..100).any(|_| gone()) {
            eprintln!("{} is left behind", self.0.display());
        }
    }
}

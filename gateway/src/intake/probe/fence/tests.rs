//! The fence holds for a thread as it does for a process, so that one of the tests' own can be put behind it.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::thread;

use super::*;

#[test]
fn behind_the_fence_there_are_its_files_and_threads_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (input, folder) = (place.path().join("input"), place.path().join("own"));
    fs::write(&input, "sound").unwrap();
    fs::write(place.path().join("other"), "of somebody else").unwrap();
    fs::create_dir(&folder).unwrap();
    let other = place.path().join("other");
    let fenced = thread::spawn(move || {
        let fences = system::fence_in(&[&input], Some(&folder)).unwrap();
        assert_eq!(fs::read_to_string(&input).unwrap(), "sound");
        fs::write(folder.join("made.part"), "speech").unwrap();
        fs::rename(folder.join("made.part"), folder.join("made")).unwrap();
        fs::remove_file(folder.join("made")).unwrap();
        assert_eq!(thread::spawn(|| 7).join().unwrap(), 7);
        let kind = |error: std::io::Error| error.kind();
        if fences.files {
            for path in [other.as_path(), Path::new("/etc/passwd")] {
                assert_eq!(File::open(path).map_err(kind).err(), Some(ErrorKind::PermissionDenied), "{path:?}");
            }
            for written in [fs::write(&input, "x"), fs::write(&other, "x"), fs::rename(&input, folder.join("input"))] {
                assert!(written.is_err());
            }
        }
        if fences.calls {
            let denied = Some(ErrorKind::PermissionDenied);
            assert_eq!(TcpListener::bind("127.0.0.1:0").map_err(kind).err(), denied);
            assert_eq!(UdpSocket::bind("127.0.0.1:0").map_err(kind).err(), denied);
            assert!(Command::new("/bin/true").status().is_err());
        }
        fences
    });
    let fences = fenced.join().unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    assert!(fences.calls || !status.contains("Seccomp_filters:"), "the kernel has filters and they do not hold");
    if let Some(gap) = fences.gap() {
        eprintln!("not all of it was tried: {gap}");
    }
}

#[test]
fn bounds_reach_the_child_as_they_are() {
    #[derive(clap::Parser)]
    struct Told {
        #[command(flatten)]
        bounds: Bounds,
    }
    let bounds = Bounds::new(1 << 30, Duration::from_secs(9)).writing(77);
    let told: Told = clap::Parser::parse_from([OsString::from("probe")].into_iter().chain(bounds.arguments()));
    assert_eq!(told.bounds, bounds);
    assert!(bounds.threaded().memory > bounds.memory);
}

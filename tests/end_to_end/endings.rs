//! What a gateway must not die of, and what must not keep it alive: a log that nobody reads, a terminal that is closed, a
//! file that never opens.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

use avatar_tests::{Errors, Launch, Site, eventually, speech};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::MOMENT;

#[test]
fn a_log_that_cannot_be_written_costs_nothing_but_the_log() {
    for errors in [Errors::Closed, Errors::Unread, Errors::Full] {
        let site = Site::new(&["testcard"], "log.filter = \"trace\"\nscheduler.drain_seconds = 2\n");
        let gateway = site.start_as(&Launch { errors, ..Launch::default() });
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        // A pipe that nobody reads takes 64 KiB of lines.
        assert!((0..300).all(|_| gateway.get("/v1/jobs").status == 200), "{errors:?}");
        for params in [json!({}), json!({"fault": "segfault"}), json!({})] {
            gateway.finished(&gateway.submit_testcard(&audio, params), MOMENT);
        }
        assert_eq!(gateway.get("/readyz").status, 200, "{errors:?}");
        gateway.hang_up();
        gateway.terminate();
        assert!(gateway.stop_without_signal(Duration::from_secs(60)).success(), "{errors:?}");
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_gateway_and_other_hang_ups_have_it_read_its_settings() {
    let site = Site::new(&[], "");
    let (terminal, launch) = in_a_terminal("--default-signal=HUP");
    let gateway = site.start_as(&launch);
    gateway.hang_up();
    eventually("the settings are read", MOMENT, || gateway.log().contains("settings read again").then_some(()));
    drop(terminal);
    assert!(gateway.stop_without_signal(MOMENT).success());
    let log = fs::read_to_string(site.log()).unwrap();
    assert!(log.contains("the terminal was closed") && !log.contains("once more"), "{log}");
}

#[test]
fn a_gateway_that_shall_outlive_its_terminal_does() {
    let site = Site::new(&[], "");
    let (terminal, launch) = in_a_terminal("--ignore-signal=HUP"); // as nohup does it
    let gateway = site.start_as(&launch);
    drop(terminal);
    eventually("the settings are read", MOMENT, || gateway.log().contains("settings read again").then_some(()));
    assert_eq!(gateway.get("/livez").status, 200);
}

#[test]
fn work_that_cannot_be_stopped_does_not_keep_the_process() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let path = site.data().join(format!("audio/{audio}.source"));
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut asking = TcpStream::connect(gateway.address()).unwrap();
    write!(asking, "GET /v1/audio/{audio}/content HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    // Nothing can be seen of a thread that waits for whoever writes into it, where the system does not tell.
    thread::sleep(Duration::from_secs(2));
    gateway.terminate();
    assert!(gateway.stop_without_signal(Duration::from_secs(60)).success());
    assert!(matches!(asking.read(&mut [0; 1]), Ok(0) | Err(_)), "it was never answered");
}

/// A terminal, and how to start a gateway that it controls. `hang_up` is an option of `env`: what becomes of SIGHUP, which the
/// tests themselves may have been started to ignore.
fn in_a_terminal(hang_up: &str) -> (OwnedFd, Launch) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let line = format!("exec 0<>{name} && exec env {hang_up} setsid --ctty \"$0\" \"$@\"");
    (terminal, Launch { through: ["sh".into(), "-c".into(), line].into(), ..Launch::default() })
}

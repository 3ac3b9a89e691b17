//! Backups: taken beside a running gateway, restored elsewhere, checked; and what a damaged log is told of.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use avatar_tests::{Gateway, Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_backup_of_a_running_gateway_is_restored_with_all_that_it_held() {
    let site = Site::holding("");
    let gateway = site.start();
    let (audio, ended) = ended(&site, &gateway);
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let running = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.rendering(&running, MOMENT);
    fs::write(site.data().join("webhook.secret"), "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n").unwrap();

    let told = done(&site.command(&["backup", "kept/one"]));
    assert!(told.contains("2 jobs, 2 uploads, 5 files"), "{told}");
    private(&site.scratch().with_file_name("kept"));
    assert!(done(&site.command(&["check", "kept/one", "--hashes"])).contains("nothing is lost"));

    // What happens afterwards does not reach it.
    let video = gateway.get(&format!("/v1/jobs/{ended}/video")).body;
    let job = gateway.job(&ended);
    assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{ended}"), &[]).status, 204);
    assert_eq!(gateway.request("DELETE", &format!("/v1/photos/{photo}"), &[]).status, 204);
    let refused = site.command(&["restore", "kept/one"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("another gateway uses"), "{refused:?}");
    gateway.kill();
    let refused = site.command(&["restore", "kept/one"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("is in use: it holds"), "{refused:?}");

    fs::rename(site.data(), site.data().with_file_name("lost")).unwrap();
    let told = done(&site.command(&["restore", "kept/one"]));
    assert!(told.contains("2 jobs, 2 uploads, 5 files"), "{told}");
    private(&site.data());
    assert!(fs::read_to_string(site.data().join("webhook.secret")).unwrap().starts_with("whsec_"));
    site.release();
    let gateway = site.start();
    assert_eq!(gateway.job(&ended), job);
    assert_eq!(gateway.get(&format!("/v1/jobs/{ended}/video")).body, video);
    assert_eq!(gateway.get(&format!("/v1/photos/{photo}")).status, 200);
    let again = gateway.finished(&running, MOMENT);
    assert_eq!((&again["state"], &again["attempt"]), (&json!("succeeded"), &json!(2)), "it is queued again: {again}");
    assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{ended}"), &[]).status, 204);
    assert!(gateway.stop().success());
    assert!(done(&site.command(&["check", "--hashes"])).contains("nothing is lost"));
    assert!(done(&site.command(&["check", "kept/one", "--hashes"])).contains("nothing is lost"), "it is as it was");
}

#[test]
fn a_backup_is_whole_while_jobs_end_and_uploads_go() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let (audio, _) = ended(&site, &gateway);
    let files = [speech(&site.scratch(), 0.5), portrait(&site.scratch())];
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let changing = [("audio", &files[0]), ("photos", &files[1])];
        for (kind, file) in changing {
            let (gateway, stop) = (&gateway, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let id = gateway.uploaded(kind, file);
                    assert_eq!(gateway.request("DELETE", &format!("/v1/{kind}/{id}"), &[]).status, 204);
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let id = gateway.submit_testcard(&audio, json!({}));
                gateway.finished(&id, MOMENT);
                assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{id}"), &[]).status, 204);
            }
        });
        for n in 0..8 {
            let folder = format!("kept-{n}");
            let taken = site.command(&["backup", &folder]);
            let checked = site.command(&["check", &folder, "--hashes"]);
            let live = site.command(&["check"]);
            if n == 7 || ![&taken, &checked, &live].iter().all(|output| output.status.success()) {
                stop.store(true, Ordering::Relaxed);
            }
            assert!(taken.status.success(), "{taken:?}");
            assert!(checked.status.success(), "{checked:?}");
            assert!(live.status.success(), "what is in flight is no fault: {live:?}");
        }
    });
}

#[test]
fn a_backup_is_written_where_nothing_is_and_has_its_name_when_it_is_whole() {
    let site = Site::new(&["testcard"], "");
    let nothing = site.command(&["backup", "one"]);
    assert!(text(&nothing.stderr).contains("nothing to back up"), "{nothing:?}");
    let gateway = site.start();
    let (_, id) = ended(&site, &gateway);
    assert!(gateway.stop().success());
    let refused = |folder: &str, why: &str| {
        let answer = site.command(&["backup", folder]);
        assert!(!answer.status.success() && text(&answer.stderr).contains(why), "{folder}: {answer:?}");
    };
    refused("data/one", "lies in the data folder");
    refused("scratch", "is not empty");
    refused("config.toml", "is no folder");

    // What a backup leaves that was killed: nobody takes it for one, and the next one begins anew.
    let folder = site.data().with_file_name("one.partial");
    fs::create_dir_all(folder.join("audio")).unwrap();
    refused("one", "is no unfinished backup");
    fs::write(folder.join("backup.lock"), "").unwrap();
    let killed = site.command(&["restore", "one.partial"]);
    assert!(text(&killed.stderr).contains("is no whole backup"), "{killed:?}");
    done(&site.command(&["backup", "one"]));
    assert!(!folder.exists());
    refused("one", "is not empty");

    // The same for a restore: no gateway begins with half of it.
    fs::rename(site.data(), site.data().with_file_name("lost")).unwrap();
    fs::create_dir_all(site.data().join("restore.partial/photos")).unwrap();
    let refused = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(text(&refused.stderr).contains("did not end"), "{refused:?}");
    done(&site.command(&["restore", "one"]));
    assert_eq!(site.start().job(&id)["state"], "succeeded");
}

#[test]
fn a_check_compares_rows_and_files_both_ways() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let (audio, id) = ended(&site, &gateway);
    let (_, cut) = ended(&site, &gateway);
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    assert!(gateway.stop().success());
    assert!(site.command(&["check"]).status.success());

    let data = site.data();
    fs::remove_file(data.join(format!("photos/{photo}.png"))).unwrap();
    fs::write(data.join(format!("artifacts/{cut}-1.mp4")), "short").unwrap();
    let sound = data.join(format!("audio/{audio}.source"));
    let mut bytes = fs::read(&sound).unwrap();
    bytes[100] ^= 1;
    fs::write(&sound, bytes).unwrap();
    let stray = "photos/0198c0de-0000-7000-8000-000000000000.png";
    fs::write(data.join(stray), "x").unwrap();
    fs::write(data.join("audio/notes.txt"), "x").unwrap();
    fs::write(data.join("work/incoming-1"), "x").unwrap();
    let sounder = site.command(&["check", "--json"]);
    let found = site.command(&["check", "--json", "--hashes"]);
    let kinds = |output: &Output| -> Vec<(String, String)> {
        assert!(!output.status.success(), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["is_whole"], &told["jobs"], &told["uploads"]), (&json!(false), &json!(2), &json!(3)));
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let found = told["findings"].as_array().unwrap();
        assert!(found.iter().all(|found| told["remedies"][word(&found["kind"])].is_string()), "{told}");
        found.iter().map(|found| (word(&found["kind"]), word(&found["what"]))).collect()
    };
    let expected = [
        ("missing", format!("photos/{photo}.png")),
        ("wrong_size", format!("artifacts/{cut}-1.mp4")),
        ("wrong_content", format!("audio/{audio}.source")),
        ("no_row", stray.to_owned()),
        ("foreign", "audio/notes.txt".to_owned()),
        ("left_over", "work/incoming-1".to_owned()),
    ]
    .map(|(kind, what)| (kind.to_owned(), what));
    assert_eq!(kinds(&found), expected);
    assert_eq!(kinds(&sounder).len(), expected.len() - 1, "without its hash, one is not found");
    let told = text(&site.command(&["check"]).stdout);
    assert!(told.contains("-> copy the file from a backup") && told.contains("3 faults"), "{told}");

    // Beside a running gateway the same, but for what may be on its way.
    let gateway = site.start();
    let told: Value = serde_json::from_slice(&site.command(&["check", "--json"]).stdout).unwrap();
    assert_eq!((&told["in_use"], &told["young"]), (&json!(true), &json!(1)), "{told}");
    assert_eq!(gateway.job(&id)["state"], "succeeded");

    let damaged = site.command(&["backup", "kept"]);
    assert!(!damaged.status.success() && text(&damaged.stderr).contains(&photo), "{damaged:?}");
    assert!(site.data().with_file_name("kept/backup.json").exists(), "everything else is in it");
}

#[test]
fn a_damaged_log_is_told_at_the_start() {
    let site = Site::new(&["testcard"], "");
    assert!(site.start().stop().success());
    let gateway = site.start();
    let (audio, id) = ended(&site, &gateway);
    gateway.kill();
    let log = site.data().join("gateway.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    bytes[100] ^= 0xff; // in the first change: all of them are lost
    fs::write(&log, &bytes).unwrap();
    for command in [&["keys", "list"][..], &["backup", "kept"], &["check"], &["doctor"]] {
        let answer = site.command(command);
        let told = text(&answer.stdout) + &text(&answer.stderr);
        assert!(!answer.status.success() && told.contains("gateway.db-wal, is damaged"), "{command:?}: {told}");
        assert!(fs::read(&log).unwrap() == bytes, "{command:?} has touched it");
    }

    let gateway = site.start();
    let told = gateway.log();
    assert!(told.contains("gateway.db-wal, is damaged, and changes that had been made for good are lost"), "{told}");
    let entries = fs::read_dir(site.data()).unwrap().map(|entry| entry.unwrap().path());
    let kept = entries.into_iter().find(|path| path.to_string_lossy().contains("/damaged-")).unwrap();
    assert!(fs::read(kept.join("gateway.db-wal")).unwrap() == bytes, "it is kept as it was");
    private(&kept);
    assert_eq!(gateway.get(&format!("/v1/jobs/{id}")).status, 404);
    for file in [format!("audio/{audio}.source"), format!("audio/{audio}.wav"), format!("artifacts/{id}-1.mp4")] {
        assert!(kept.join(&file).exists(), "{file} is kept until somebody has looked for what is lost");
    }

    // It is said once.
    gateway.kill();
    fs::remove_file(site.log()).unwrap();
    let told = site.start().log();
    assert!(!told.contains("are lost"), "{told}");
}

/// Speech, and a job of it that has ended.
fn ended(site: &Site, gateway: &Gateway) -> (String, String) {
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({}));
    assert_eq!(gateway.finished(&id, MOMENT)["state"], "succeeded");
    (audio, id)
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Nobody else may read it, or get to what is in it.
fn private(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        match path.is_dir() {
            true => assert_eq!(mode, 0o700, "{}", path.display()),
            false if path.ends_with("gateway.lock") => {}
            false => assert_eq!(mode, 0o600, "{}", path.display()),
        }
    }
}

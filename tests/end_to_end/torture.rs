//! The torture suite in short: each kind for some seconds with a fixed seed. `cargo xtask torture` takes longer.

use avatar_tests::torture;

#[test]
fn nothing_is_lost_when_the_gateway_is_killed() {
    survives("gateway-kills");
}

#[test]
fn nothing_is_lost_when_the_gateway_is_told_to_end() {
    survives("gateway-stops");
}

#[test]
fn nothing_is_lost_when_hosts_are_killed_and_stopped() {
    survives("host-kills");
}

#[test]
fn plugins_that_are_replaced_lose_no_job() {
    survives("plugin-swaps");
}

#[test]
fn nothing_is_lost_when_engines_misbehave() {
    survives("engine-faults");
}

#[test]
fn damaged_media_are_the_clients_fault() {
    survives("hostile-media");
}

#[test]
fn files_whose_decoders_are_killed_are_not_to_blame() {
    survives("child-kills");
}

#[test]
fn clients_that_hang_up_leave_nothing() {
    survives("hang-ups");
}

#[test]
fn uploads_that_are_deleted_too_early_lose_no_job() {
    survives("deletes");
}

#[test]
fn a_full_disk_loses_nothing() {
    survives("disk-full");
}

#[test]
fn a_lack_of_handles_loses_nothing() {
    survives("handles");
}

#[test]
fn a_lack_of_processes_and_threads_loses_nothing() {
    survives("few-processes");
}

#[test]
fn hostile_pictures_fit_into_a_limited_memory() {
    survives("memory-limit");
}

#[test]
fn a_clock_that_is_set_holds_nothing_up() {
    survives("clock-steps");
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    survives("closed-logs");
}

#[test]
fn a_database_that_somebody_holds_loses_nothing() {
    survives("database-lock");
}

#[test]
fn backups_beside_a_gateway_at_work_are_whole() {
    survives("backups");
}

/// Every kind has a test above, or its name is missing here.
#[test]
fn every_kind_is_tried() {
    let source = include_str!("torture.rs");
    let missing: Vec<&str> = torture::kinds()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !source.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "no test tries {missing:?}");
}

fn survives(kind: &str) {
    let report = torture::brief(kind);
    if let Some(why) = &report.skipped {
        avatar_prerequisites::unavailable(&format!("what `{kind}` needs"), why);
        return;
    }
    assert!(report.faults > 0 && report.tried > 0, "nothing was tried: {report:?}");
    assert!(report.is_well(), "{kind}, again with `cargo xtask torture --kind {kind}`:\n{}", report.complaints());
}

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
fn nothing_is_lost_when_engines_misbehave() {
    survives("engine-faults");
}

#[test]
fn damaged_media_are_the_clients_fault() {
    survives("hostile-media");
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

//! Runs kinds one after the other, each on a gateway of its own, and reports.

#![allow(clippy::print_stdout, reason = "who starts it wants to see how it goes")]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use avatar_samples::random::Random;

use crate::site::Site;
use crate::torture::audit::audit;
use crate::torture::check::check;
use crate::torture::clients::World;
use crate::torture::context::{Context, Plan};
use crate::torture::door::Door;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::kinds::ALL;
use crate::torture::latency::{Latency, Watch};
use crate::torture::ledger::Ledger;
use crate::torture::materials::Materials;
use crate::torture::report::Report;
use crate::torture::table::table;
use crate::torture::terms::Terms;

/// A kind is struck at least this long, whatever the time for all of them.
const SHORTEST: Duration = Duration::from_secs(4);
/// How long the short form of a kind strikes.
const BRIEF: Duration = Duration::from_secs(4);
/// The seed of the short form.
const BRIEF_SEED: u64 = 16;

/// Of a panic with more lines than these, the middle is left out.
const SHOWN: usize = 8;

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How long all kinds together strike. The audits after them come on top: some seconds each.
    pub time: Duration,
    /// What everything is drawn from.
    pub seed: u64,
    /// Names of kinds; all, if there is none.
    pub kinds: Vec<String>,
    /// Becomes `true` when it is to end early.
    pub interrupted: Arc<AtomicBool>,
}

/// The names of all kinds, each with what it does.
pub fn kinds() -> Vec<(&'static str, &'static str)> {
    ALL.iter().map(|kind| (kind.name(), kind.what())).collect()
}

/// Runs the chosen kinds, tells how it goes, and prints the table. Returns whether all was well.
///
/// # Errors
/// A kind has a name that no kind has.
pub fn torture(options: &Options) -> Result<bool, String> {
    let is_known = |name: &&String| ALL.iter().any(|kind| kind.name() == name.as_str());
    if let Some(unknown) = options.kinds.iter().find(|name| !is_known(name)) {
        let names: Vec<&str> = ALL.iter().map(|kind| kind.name()).collect();
        return Err(format!("there is no kind `{unknown}`: {}", names.join(", ")));
    }
    let is_chosen =
        |kind: &&&dyn Kind| options.kinds.is_empty() || options.kinds.iter().any(|name| name == kind.name());
    let chosen: Vec<&&dyn Kind> = ALL.iter().filter(is_chosen).collect();
    let share = (options.time / chosen.len() as u32).max(SHORTEST);
    println!("seed {}, {} kinds, {share:.0?} each", options.seed, chosen.len());

    let materials = Arc::new(Materials::make(options.seed));
    let interrupted = Arc::clone(&options.interrupted);
    let plan = Plan { seed: options.seed, time: share, is_watched: true, interrupted };
    let mut reports = Vec::new();
    for kind in chosen {
        println!("\n {}: {}", kind.name(), kind.what());
        let mut report = run(*kind, &plan, &materials);
        if options.interrupted.load(Ordering::Relaxed) {
            println!("   interrupted; what it had found until then counts for nothing");
            break;
        }
        describe(&report);
        report.notes.clear();
        reports.push(report);
    }
    println!("\n{}", table(&reports));
    let well = reports.iter().all(Report::is_well);
    println!("   {}", if well { "Nothing was lost and nothing was wrong." } else { "Not all was well: see above." });
    println!("   The same faults again: --seed {}\n", options.seed);
    Ok(well)
}

/// Strikes a few seconds in one way, with a fixed seed: the form for tests. How soon answers come is not judged, because
/// other tests run on the same machine.
///
/// # Panics
/// There is no such kind.
pub fn brief(name: &str) -> Report {
    let kind = ALL.iter().find(|kind| kind.name() == name).unwrap_or_else(|| panic!("there is no kind {name}"));
    let materials = Arc::new(Materials::make(BRIEF_SEED));
    run(*kind, &Plan { seed: BRIEF_SEED, time: BRIEF, is_watched: false, interrupted: Arc::default() }, &materials)
}

fn describe(report: &Report) {
    match &report.skipped {
        Some(why) => println!("   skipped: {why}"),
        None => {
            let Report { faults, tried, failed, refused, restarts, .. } = report;
            println!(
                "   {faults} faults, {tried} accepted, {failed} failed as they may, {refused} refused, {restarts} restarts, {:.0?}",
                report.time
            );
            report.notes.iter().for_each(|note| println!("   {note}"));
            print!("{}", report.complaints());
        }
    }
}

/// Runs one kind on a gateway of its own, and audits it.
fn run(kind: &dyn Kind, plan: &Plan, materials: &Arc<Materials>) -> Report {
    let start = Instant::now();
    let terms = kind.terms();
    let site = Site::new(&["testcard", "puppet"], terms.config);
    site.add_config(&format!("\n[engines.testcard]\nmemory_dir = {:?}\n", site.scratch()));
    let ledger = Arc::new(Ledger::default());
    let door = Arc::new(Door::new(Arc::clone(&ledger), &terms));
    let watch = Watch::start(Arc::clone(&door), Arc::clone(&ledger));
    let world = World { door, ledger, materials: Arc::clone(materials) };
    let mut context = Context::new(site, Random::new(plan.seed, kind.name()), world, plan);

    let ran = catch_unwind(AssertUnwindSafe(|| kind.run(&mut context)));
    let mut report = Report { name: kind.name(), ..Report::default() };
    let latency = match ran {
        Ok(Outcome::Skipped(why)) => {
            report.skipped = Some(why);
            drop(watch.stop());
            return report;
        }
        Ok(Outcome::Done) => watch.stop(),
        Err(panic) => {
            report.wrong.add(words(panic.as_ref()));
            watch.stop()
        }
    };
    settle(&mut report, &mut context, &terms);
    measure(&mut report, &latency, plan.is_watched && !terms.stalls);
    report.time = start.elapsed();
    report
}

/// The audit, on a gateway that is started for it if none runs, and the gateway's end.
fn settle(report: &mut Report, context: &mut Context, terms: &Terms) {
    let audited = catch_unwind(AssertUnwindSafe(|| {
        context.start();
        let mut found = audit(context.gateway(), &context.site, context.ledger(), terms);
        if found.orphans > 0 {
            context.note(format!("{} files without a row wait for their hour", found.orphans));
        }
        context.stop();
        let hosts = context.site.hosts().len();
        assert_eq!(hosts, 0, "{hosts} hosts have outlived their gateway");
        let (lost, wrong) = check(&context.site, terms);
        found.lost.append(lost);
        found.wrong.append(wrong);
        found
    }));
    report.wrong.append(context.ledger().faults());
    match audited {
        Ok(found) => {
            (report.tried, report.failed) = (found.tried, found.failed);
            report.lost.append(found.lost);
            report.wrong.append(found.wrong);
        }
        Err(panic) => report.wrong.add(words(panic.as_ref())),
    }
    report.refused = context.ledger().count_refused();
    (report.faults, report.restarts) = (context.faults(), context.restarts());
    report.notes = context.take_notes();
}

fn measure(report: &mut Report, latency: &Latency, on_time: bool) {
    (report.p50, report.p99) = (latency.percentile(50), latency.percentile(99));
    if let Some(fault) = latency.fault().filter(|_| on_time) {
        report.wrong.add(fault);
    }
}

/// What a panic says: its first line, and the last ones where it quotes a log.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let lines: Vec<&str> = text.unwrap_or("a panic without words").trim_end().lines().collect();
    match lines.as_slice() {
        [first, .., before, last] if lines.len() > SHOWN => [*first, "…", *before, *last].join("\n      "),
        _ => lines.join("\n      "),
    }
}

//! `avatar-gateway engines test`: tries out what a plugin must do, and prints a report.

mod lines;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::engines::test::lines::Lines;
use crate::cli::interrupt::interrupted;
use crate::cli::values::{object, typed};
use crate::cli::{ConfigOptions, catalog, mistake, out, progress, runtime};
use crate::config::Config;
use crate::conformance::check::Check;
use crate::conformance::checks;
use crate::conformance::heard::Heard;
use crate::conformance::materials::OwnInputs;
use crate::conformance::order::Order;
use crate::conformance::report;
use crate::conformance::stand::Stand;
use crate::domain::params::nearest;

/// What to try out, and with what.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The plugin runs in processes of its own, as under the gateway, and nothing of a gateway's data is touched. An engine that \
takes long is made quick by --params, such as '{\"steps\": 2, \"width\": 256}'; what cannot be waited for is left out by \
--only.

Exit status: 0 when nothing failed; 1 when a check failed, or nothing could be tried; 2 when the command line is wrong; 130 \
after Ctrl-C. The report is printed on stdout, progress on stderr.")]
pub struct Arguments {
    /// The plugin: a library's file, or the id of an installed engine
    #[arg(required_unless_present = "list")]
    plugin: Option<String>,
    /// Try only these: names of groups or checks, with commas between them
    #[arg(long, value_name = "GROUP|CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// List the checks, and try nothing
    #[arg(long)]
    list: bool,
    /// Parameters of every job as JSON, such as '{"steps": 2}'
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// Parameters that are not varied: known to change nothing, or to break a job on purpose
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    leave: Vec<String>,
    /// One option of the engine, over those of [engines.ID], as often as you like; a value that is no JSON is a text
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Folder of the engine's weights, instead of `weights` in [engines.ID]
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    /// Device, instead of the configured one: cpu, cuda:0 or auto
    #[arg(long)]
    device: Option<String>,
    /// Photo [default: a drawn one]
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// Speech [default: sounds like it]
    #[arg(long, value_name = "FILE")]
    audio: Option<PathBuf>,
    /// Source video, for engines that take one [default: the photo, which stands still]
    #[arg(long, value_name = "FILE")]
    video: Option<PathBuf>,
    /// How long a job, or loading, may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How many jobs one process renders for the checks of endurance
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(8..=10_000))]
    jobs: u32,
    /// Print the report as JSON, at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Tries the checks and prints what they came to.
///
/// # Errors
/// The configuration is wrong, there is no such engine, or an input cannot be used.
pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut mistakes = Vec::new();
    let checks = chosen(&arguments.only, &mut mistakes);
    let params = object(arguments.params.as_deref()).map_err(|why| vec![format!("--params: {why}")]);
    let options = typed("--set", &arguments.set);
    let (params, options) = match (params, options) {
        (Ok(params), Ok(options)) if mistakes.is_empty() => (params, options),
        (params, options) => {
            mistakes.extend([params.err(), options.err()].into_iter().flatten().flatten());
            return Ok(mistake("nothing was tried", &mistakes));
        }
    };
    if arguments.list {
        list(&checks, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = arguments.config.load(None)?;
    let heard = Heard::default();
    // What engines print reaches this process as events of its log.
    tracing_subscriber::registry().with(heard.layer()).init();
    runtime()?.block_on(async {
        let library = library(&arguments.plugin.unwrap_or_default(), &config).await?;
        let order = Order {
            library,
            config,
            options,
            weights: arguments.weights.map(std::path::absolute).transpose()?,
            device: arguments.device,
            params,
            left_alone: arguments.leave,
            inputs: OwnInputs { photo: arguments.photo, audio: arguments.audio, video: arguments.video },
            patience: Duration::from_secs(arguments.timeout),
            jobs: arguments.jobs,
        };
        let tried = async { try_out(&mut Stand::set_up(order, heard).await?, &checks, arguments.json).await };
        tokio::select! {
            status = tried => status,
            status = interrupted() => Ok(status),
        }
    })
}

async fn try_out(stand: &mut Stand, checks: &[&'static Check], as_json: bool) -> anyhow::Result<ExitCode> {
    let (bar, mut lines) = (bar(checks.len()), Lines::of(checks));
    let begun = |check: &Check| bar.set_message(check.name.to_owned());
    let mut written = Ok(());
    let report = report::run(stand, checks, begun, |line| {
        bar.inc(1);
        if !as_json && written.is_ok() {
            written = bar.suspend(|| lines.add(line).iter().try_for_each(|line| out::print(line)));
        }
    });
    let report = report.await;
    bar.finish_and_clear();
    written?;
    if as_json {
        out::print_json(&report)?;
    } else {
        lines.rest().iter().try_for_each(|line| out::print(line))?;
        out::print(&lines.summary(&report))?;
    }
    Ok(if report.conforms { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checks that are asked for, in their order; all of them by default.
fn chosen(only: &[String], mistakes: &mut Vec<String>) -> Vec<&'static Check> {
    for word in only.iter().filter(|word| !checks::all().any(|check| check.is_meant_by(word))) {
        let known = checks::all().flat_map(|check| [check.name, check.group()]);
        let remedy = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "--list lists them".to_owned(),
        };
        mistakes.push(format!("--only {word}: there is no such group or check; {remedy}"));
    }
    let is_meant = |check: &&Check| only.is_empty() || only.iter().any(|word| check.is_meant_by(word));
    checks::all().filter(is_meant).collect()
}

fn list(checks: &[&Check], as_json: bool) -> io::Result<()> {
    if as_json {
        let list = checks.iter().map(|check| {
            json!({"name": check.name, "group": check.group(), "expected": check.expected, "remedy": check.remedy})
        });
        return out::print_json(&list.collect::<Vec<_>>());
    }
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    let lines = checks.iter().map(|check| format!("{:width$}  {}", check.name, check.expected));
    out::print(&lines.collect::<Vec<_>>().join("\n"))
}

/// The file that is meant: one of this name, or the plugin of the installed engine of this id.
async fn library(plugin: &str, config: &Config) -> anyhow::Result<PathBuf> {
    let path = Path::new(plugin);
    if path.is_file() {
        return Ok(std::path::absolute(path)?);
    }
    if plugin.contains('/') || path.extension().is_some() {
        anyhow::bail!("there is no file {plugin}; `cargo build` writes a plugin to target/debug/lib….so");
    }
    let entry = catalog(config).await?.installed(plugin, config).await;
    let folder = config.engines.dir.display();
    Ok(entry
        .map_err(|error| anyhow::anyhow!("{error}; looked in {folder}, and for a file {plugin}"))?
        .path()
        .to_owned())
}

/// A bar that names the running check, on a terminal's stderr.
fn bar(checks: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos:>2} of {len}  {msg}  {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(checks as u64), progress::target());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.with_style(style.expect("the template is constant"))
}

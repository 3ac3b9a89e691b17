//! `cargo xtask setup`: checks the machine, and installs the system packages that the build needs.

use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::fs::statvfs;
use rustix::process::geteuid;

use crate::command;
use crate::steps::{Steps, table};
use crate::tree;

/// Debian's names of FFmpeg and libheif with their headers, what reads those, and the voice of the demo.
const PACKAGES: [&str; 10] = [
    "ffmpeg",
    "libavcodec-dev",
    "libavformat-dev",
    "libavutil-dev",
    "libswscale-dev",
    "libswresample-dev",
    "libheif-dev",
    "libclang-dev",
    "pkg-config",
    "espeak-ng",
];
/// A C compiler and its headers, should there be none.
const COMPILER: [&str; 2] = ["gcc", "libc6-dev"];
/// What decodes HEIC and AVIF where libheif has its decoders in packages of their own, from this version on.
const DECODERS: [&str; 2] = ["libheif-plugin-libde265", "libheif-plugin-dav1d"];
const DECODERS_APART: &str = "1.16";
const LIBRARIES: [&str; 6] = ["libavcodec", "libavformat", "libavutil", "libswscale", "libswresample", "libheif"];
const OLDEST_RUST: (u32, u32) = (1, 95);
/// What a first build of everything, debug and release, takes; and what even a small one does not go without.
const COMFORTABLE_GIB: f64 = 12.0;
const LEAST_GIB: f64 = 1.0;

pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new();
    step(&mut steps)?;
    println!("Ready. Next: `cargo xtask demo` makes a talking video, `cargo xtask test` runs all checks.");
    Ok(())
}

/// Setup as the first step of another chore; takes a fraction of a second when all is there.
pub(crate) fn step(steps: &mut Steps) -> Result<()> {
    steps.step("Look at the machine", || {
        let rust = rust()?;
        let disk = disk()?;
        let packages = packages()?;
        print!("{}", table(&[("Rust", rust), ("disk", disk), ("packages", packages)]));
        Ok(())
    })
}

fn rust() -> Result<String> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let line = command::output(Command::new(compiler).arg("--version").current_dir(tree::root()))?;
    let (major, minor) = OLDEST_RUST;
    match rust_version(&line) {
        Some(version) if version < OLDEST_RUST => bail!(
            "this is {}, but Rust {major}.{minor} or later is needed; `rustup update stable` gets it",
            line.trim()
        ),
        _ => Ok(line.trim().to_owned()),
    }
}

/// Major and minor number in what `rustc --version` prints.
fn rust_version(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn disk() -> Result<String> {
    let root = tree::root();
    let system = statvfs(root)?;
    let free = (system.f_bavail * system.f_frsize) as f64 / f64::from(1 << 30);
    if free < LEAST_GIB {
        bail!("only {free:.1} GiB are free on the disk of {}; make room first", root.display());
    }
    Ok(if free < COMFORTABLE_GIB {
        format!("{free:.1} GiB free; a first build of everything may take {COMFORTABLE_GIB:.0} GiB")
    } else {
        format!("{free:.0} GiB free")
    })
}

/// Installs what is missing, or says who can.
fn packages() -> Result<String> {
    if !command::exists("dpkg-query") || !command::exists("apt-get") {
        return other_system();
    }
    let missing = missing_packages()?;
    if missing.is_empty() {
        decoders()?;
        return Ok("all there".to_owned());
    }
    install(&missing)?;
    decoders()?;
    let still = missing_packages()?;
    if !still.is_empty() {
        bail!("apt-get succeeded, but {} are still missing", still.join(" "));
    }
    Ok(format!("installed {}", missing.join(" ")))
}

/// Installs libheif's decoders where they are packages of their own, or says who can.
fn decoders() -> Result<()> {
    let apart = format!("--atleast-version={DECODERS_APART}");
    if !command::succeeds(Command::new("pkg-config").args([&apart, "libheif"])) {
        return Ok(());
    }
    let missing = not_installed(&DECODERS, &asked(&DECODERS)?);
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Installs Debian packages, or says who can.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let install = format!("apt-get update && apt-get install --yes --no-install-recommends {names}");
    let Some(rights) = Rights::found() else {
        bail!(
            "these Debian packages are missing: {names}\nInstall them with\n\n  sudo sh -c '{install}'\n\nand try again"
        );
    };
    println!("   installing {names}");
    command::run(&mut rights.command(&["update", "--quiet"]))?;
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(packages);
    command::run(&mut rights.command(&arguments))
}

/// Has apt-get read anew which packages there are.
pub(crate) fn refresh() -> Result<()> {
    let rights = Rights::found().context("apt-get needs a user with the right to update its lists")?;
    command::output(&mut rights.command(&["update", "--quiet"])).map(drop)
}

/// A compiler of C++, as libtorch's bindings need; the rest of the build does without.
pub(crate) fn compiler_of_cpp() -> Result<()> {
    if std::env::var_os("CXX").is_some() || command::exists("c++") {
        return Ok(());
    }
    install(&["g++"]).context("libtorch's bindings need a compiler of C++, and there is no `c++`")
}

fn missing_packages() -> Result<Vec<&'static str>> {
    let mut missing = not_installed(&PACKAGES, &asked(&PACKAGES)?);
    if !command::exists("cc") {
        missing.extend(COMPILER);
    }
    Ok(missing)
}

/// What the system says of packages: lines of `name status`.
fn asked(packages: &[&str]) -> Result<String> {
    // dpkg-query fails when it knows one of the names not at all; what it prints is right all the same.
    let asked = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\\n"])
        .args(packages)
        .output()?;
    Ok(String::from_utf8_lossy(&asked.stdout).into_owned())
}

/// The packages that a list of `name status` lines does not call installed.
fn not_installed(packages: &[&'static str], list: &str) -> Vec<&'static str> {
    let installed = |name: &str| list.lines().any(|line| line.split_once(' ') == Some((name, "installed")));
    packages.iter().copied().filter(|name| !installed(name)).collect()
}

/// How this user may install packages.
enum Rights {
    Root,
    Sudo,
}

impl Rights {
    fn found() -> Option<Self> {
        if geteuid().is_root() {
            return Some(Self::Root);
        }
        command::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Self::Sudo)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self {
            Self::Root => Command::new("apt-get"),
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
                command
            }
        };
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}

/// Elsewhere than on Debian: asks for the libraries themselves.
fn other_system() -> Result<String> {
    let mut missing: Vec<&str> = ["cc", "ffmpeg", "ffprobe", "pkg-config", "espeak-ng"]
        .into_iter()
        .filter(|name| !command::exists(name))
        .collect();
    let library = |name: &str| command::succeeds(Command::new("pkg-config").args(["--exists", name]));
    missing.extend(LIBRARIES.into_iter().filter(|name| !library(name)));
    if missing.is_empty() {
        return Ok("found FFmpeg, libheif and their libraries; the build also needs libclang".to_owned());
    }
    bail!(
        "this system has no apt-get, so please install by its own means what is missing: {}\n\
         Needed in all: a C compiler, FFmpeg 5.1 or later with the development files of {}, libclang, pkg-config and espeak-ng",
        missing.join(", "),
        LIBRARIES.join(", "),
    );
}

#[cfg(test)]
mod tests {
    use super::{PACKAGES, not_installed, rust_version};

    #[test]
    fn the_compilers_version_is_read() {
        assert_eq!(rust_version("rustc 1.95.0 (59807616e 2026-04-14)"), Some((1, 95)));
        assert_eq!(rust_version("rustc 1.97.0-nightly (abc 2026-07-01)"), Some((1, 97)));
        assert_eq!(rust_version("gcc"), None);
    }

    #[test]
    fn packages_count_when_they_are_installed_not_when_they_are_known() {
        let all: String = PACKAGES.iter().map(|name| format!("{name} installed\n")).collect();
        assert!(not_installed(&PACKAGES, &all).is_empty());
        let removed = all.replace("espeak-ng installed", "espeak-ng config-files");
        assert_eq!(not_installed(&PACKAGES, &removed), ["espeak-ng"]);
        assert_eq!(not_installed(&PACKAGES, "").len(), PACKAGES.len());
    }
}

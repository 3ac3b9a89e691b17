//! A test gateway's folder, with configuration, plugins and data, and facts about its processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::build;
use crate::processes::processes;

/// A folder with a configuration, plugins and the data of one gateway.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// Prepares a folder with the plugins of `engines` and a configuration.
    pub fn new(engines: &[&str], config: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().expect("there is room for tests") };
        fs::create_dir(site.engines()).expect("the folder is new");
        engines.iter().for_each(|engine| site.install(&build::plugin(engine)));
        fs::write(site.config(), config).expect("the folder can be written");
        site
    }

    /// Prepares a folder with the test card, whose jobs with the fault `hold` wait for [`Site::release`].
    pub fn holding(config: &str) -> Self {
        let site = Self::new(&["testcard"], config);
        site.add_config(&format!("\n[engines.testcard]\nmemory_dir = {:?}\n", site.scratch()));
        site
    }

    /// Lets held jobs go on, and those that come later as well.
    pub fn release(&self) {
        fs::write(self.scratch().join("release"), "").expect("the folder can be written");
    }

    /// Runs another command of the gateway's binary in this folder, whose `engines` and `data` are the
    /// defaults.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.command_with(arguments, &[])
    }

    /// Runs another command with further variables in its environment.
    pub fn command_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.prepare(arguments).envs(variables.iter().copied()).output().expect("the gateway was built")
    }

    /// Begins another command, which the caller may kill, and must wait for.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.prepare(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the gateway was built")
    }

    fn prepare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(build::gateway());
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Copies the gateway's program to where no worker lies beside it, and runs a command of it in this folder.
    pub fn command_without_worker(&self, arguments: &[&str]) -> Output {
        let alone = self.scratch().join("avatar-gateway");
        fs::copy(build::gateway(), &alone).expect("the folder can be written");
        let mut command = Command::new(alone);
        let command = command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.output().expect("it was copied")
    }

    /// Runs the worker by hand, as nobody should.
    pub fn work_by_hand(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(build::worker());
        command.args(arguments).stdin(Stdio::null()).output().expect("the worker was built")
    }

    /// Adds one of the plugins with which `engine-api` tests the boundary, by the name of its example.
    pub fn add_odd_plugin(&self, name: &str) {
        self.install(&build::odd_plugin(name));
    }

    /// Appends to the configuration.
    pub fn add_config(&self, more: &str) {
        let mut config = fs::read_to_string(self.config()).expect("it was written before");
        config.push_str(more);
        fs::write(self.config(), config).expect("the folder can be written");
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// The folder of the plugins.
    pub fn engines(&self) -> PathBuf {
        self.folder.path().join("engines")
    }

    /// The gateway's data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where the gateway's log is kept.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("gateway.log")
    }

    /// A folder that nothing else uses, for the files of a test.
    pub fn scratch(&self) -> PathBuf {
        let folder = self.folder.path().join("scratch");
        fs::create_dir_all(&folder).expect("the folder can be written");
        folder
    }

    /// Every file of the gateway's data, relative to it, without the database.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                match entry.path() {
                    path if path.is_dir() => folders.push(path),
                    path => files.push(path.strip_prefix(self.data()).expect("it lies below").to_owned()),
                }
            }
        }
        files.retain(|file| !file.to_string_lossy().starts_with("gateway."));
        files.sort();
        files
    }

    /// Whether no attempt has left its work folder behind.
    pub fn no_work_left(&self) -> bool {
        fs::read_dir(self.data().join("work")).is_ok_and(|folder| folder.count() == 0)
    }

    /// Kills the engines that run for this site, as the system does when memory runs out; returns their process ids.
    pub fn kill_hosts(&self) -> Vec<u32> {
        self.signal_hosts(Signal::KILL)
    }

    /// Stops the engines that run for this site, as a debugger does; returns their process ids.
    pub fn stop_hosts(&self) -> Vec<u32> {
        self.signal_hosts(Signal::STOP)
    }

    fn signal_hosts(&self, signal: Signal) -> Vec<u32> {
        let hosts = self.hosts();
        for host in &hosts {
            let pid = Pid::from_raw(host.cast_signed()).expect("a process has an id");
            let _ = kill_process(pid, signal); // it may have ended by itself
        }
        hosts
    }

    /// The process ids of the engines that run for this site, whoever their parent is.
    pub fn hosts(&self) -> Vec<u32> {
        let engines = self.engines().to_string_lossy().into_owned();
        processes(|line| line.contains("engine-host") && line.contains(&engines))
    }

    fn install(&self, plugin: &Path) {
        let name = plugin.file_name().expect("a plugin has a name");
        fs::copy(plugin, self.engines().join(name)).expect("the plugin was built");
    }
}

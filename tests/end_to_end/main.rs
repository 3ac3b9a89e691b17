//! End-to-end tests: the real binary, real engine processes, real FFmpeg, over real HTTP.

#![allow(clippy::unwrap_used)] // a test fails by panicking, and so do the functions around it

mod amplification;
mod authoring;
mod backup;
mod browsers;
mod cancel;
mod children;
mod command_line;
mod computation;
mod conformance;
mod connections;
mod dice_talk;
mod ditto;
mod doctor;
mod documents;
mod downloads;
mod drain;
mod duix;
mod early_refusals;
mod echomimic;
mod endings;
mod engines;
mod events;
mod facades;
mod faults;
mod formats;
mod generated_clients;
mod hang_ups;
mod hold;
mod hosted;
mod hosts;
mod jobs;
mod jobs_command;
mod keys;
mod known_uploads;
mod liveness;
mod main_path;
mod memory;
mod metrics;
mod models;
mod on_libtorch;
mod photos;
mod plugins;
mod proxy;
mod refusals;
mod reload;
mod remote_files;
mod restart;
mod retention;
mod schemas;
mod service;
mod settings;
mod shortages;
mod slow;
mod storage;
mod submit_command;
mod torture;
mod turns;
mod uploads;
mod waiting;
mod warnings;
mod webhooks;

use std::time::Duration;

/// Patience for what takes a moment: far more than it takes on a busy machine, so that only what hangs runs into it.
const MOMENT: Duration = Duration::from_secs(120);

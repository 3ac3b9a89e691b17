//! All kinds, in the order in which they are tried.

mod backups;
mod child_kills;
mod clock_steps;
mod closed_logs;
mod database_lock;
mod deletes;
mod disk_full;
mod engine_faults;
mod few_processes;
mod gateway_kills;
mod gateway_stops;
mod handles;
mod hang_ups;
mod host_kills;
mod hostile_media;
mod memory_limit;
mod plugin_swaps;

use crate::torture::kind::Kind;

/// Each kind has a file of its own and a line here.
pub(super) const ALL: &[&dyn Kind] = &[
    &gateway_kills::GatewayKills,
    &gateway_stops::GatewayStops,
    &host_kills::HostKills,
    &plugin_swaps::PluginSwaps,
    &engine_faults::EngineFaults,
    &hostile_media::HostileMedia,
    &child_kills::ChildKills,
    &hang_ups::HangUps,
    &deletes::Deletes,
    &disk_full::DiskFull,
    &handles::Handles,
    &few_processes::FewProcesses,
    &memory_limit::MemoryLimit,
    &clock_steps::ClockSteps,
    &closed_logs::ClosedLogs,
    &database_lock::DatabaseLock,
    &backups::Backups,
];

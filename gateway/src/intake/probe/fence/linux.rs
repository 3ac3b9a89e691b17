//! Linux: Landlock for files and sockets, seccomp for system calls.

use std::fs;
use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope,
};
use rustix::process::{Signal, getpid, set_parent_process_death_signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use crate::intake::probe::fence::fences::Fences;

/// What is asked of Landlock; kernels that know less give what they have.
const LANDLOCK: ABI = ABI::V6;

/// What counts is the thread that has started this process: one of the runtime's workers, which end with the gateway, or the
/// only one. If it had gone before this call, the end of stdin would say so.
pub(super) fn die_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// No program that it could start would have more rights than it has.
pub(super) fn gain_nothing() -> io::Result<()> {
    Ok(rustix::thread::set_no_new_privs(true)?)
}

/// Bytes that count against the limit of memory at this moment.
pub(super) fn memory_in_use() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages = pages.split_whitespace().nth(5).and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or_else(|| io::Error::other("/proc/self/statm does not tell the memory in use"))?;
    Ok(pages * rustix::param::page_size() as u64)
}

pub(super) fn fence_in(reads: &[&Path], writes: Option<&Path>) -> io::Result<Fences> {
    // In this order, because the filter does not let through the calls of the other.
    let files = fence_files(reads, writes).map_err(io::Error::other)?;
    let calls = filters().is_ok_and(|filters| filters.iter().all(|filter| seccompiler::apply_filter(filter).is_ok()));
    Ok(Fences { files, calls })
}

fn fence_files(reads: &[&Path], writes: Option<&Path>) -> Result<bool, RulesetError> {
    let making =
        AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg | AccessFs::RemoveFile;
    let mut rules: Vec<(&Path, BitFlags<AccessFs>)> =
        reads.iter().map(|path| (*path, AccessFs::ReadFile.into())).collect();
    rules.extend(writes.map(|folder| (folder, making)));
    let mut fence = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?;
    for (path, access) in rules {
        // One that is not there is left to whoever opens it, who says so by its name.
        if let Ok(path) = PathFd::new(path) {
            fence = fence.add_rule(PathBeneath::new(path, access))?;
        }
    }
    Ok(fence.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}

/// Whatever is not listed is answered as if the user were not allowed to.
fn filters() -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let always = |call: &i64| (*call, Vec::new());
    let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> =
        CALLS.iter().chain(OLD_CALLS).map(always).collect();
    // Threads, and no processes.
    let thread = SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64);
    rules.insert(libc::SYS_clone, only_if(0, thread, libc::CLONE_THREAD as u64)?);
    // Signals and limits of its own alone.
    let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    rules.insert(libc::SYS_tgkill, only_if(0, SeccompCmpOp::Eq, own)?);
    rules.insert(libc::SYS_prlimit64, only_if(0, SeccompCmpOp::Eq, 0)?);
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let listed = SeccompFilter::new(rules, refused, SeccompAction::Allow, architecture)?;
    // What `clone3` is to do stands in memory, where no filter looks. Without it, `clone` is used.
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let rules = [(libc::SYS_clone3, Vec::new())].into_iter().collect();
    let no_clone3 = SeccompFilter::new(rules, SeccompAction::Allow, unknown, architecture)?;
    // The last one to be put up, because it lets no other be put up behind it.
    Ok([no_clone3.try_into()?, listed.try_into()?])
}

fn only_if(argument: u8, is: SeccompCmpOp, value: u64) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value)?;
    Ok(vec![SeccompRule::new(vec![condition])?])
}

/// What decoding and encoding need: files that are open or may be opened, memory, threads, time.
const CALLS: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_ppoll,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_prctl,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_getcpu,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
];

/// The same by the names that only this architecture has kept.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[i64] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_poll,
    libc::SYS_time,
    libc::SYS_arch_prctl,
];

#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[i64] = &[];

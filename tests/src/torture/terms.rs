//! What a kind needs of its gateway's settings, and what it allows a gateway to do.

/// What holds while a kind goes on; by default, nothing may be refused and nothing may fail.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Settings, without the table `[engines.testcard]`.
    pub config: &'static str,
    /// Codes with which a request may be answered 503 or 507, or a submission be refused.
    pub refusals: &'static [&'static str],
    /// Codes with which a job may fail although its order foretells a video.
    pub failures: &'static [&'static str],
    /// Connections may be refused or broken off.
    pub hangs_up: bool,
    /// Files without a row may be left: the gateway is killed between the two, and looks for them after an hour.
    pub orphans: bool,
    /// Answers may be late: they wait for a disk that is the fault itself.
    pub stalls: bool,
    /// A plain host may take this long to render what is queued at the end, in seconds, beyond the usual.
    pub patience: u64,
}

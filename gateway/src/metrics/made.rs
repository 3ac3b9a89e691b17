//! Making series: each is registered once, under a name that holds.

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// Makes series of one registry.
pub(super) struct Maker(Registry);

impl Maker {
    /// A registry that knows what it is told by: this binary, which was built from `commit`, and its process.
    pub(super) fn new(commit: &str) -> Self {
        let make = Self(Registry::new());
        let build = Opts::new("avatar_build_info", "1; version and commit are labels.")
            .const_label("version", env!("CARGO_PKG_VERSION"))
            .const_label("commit", commit);
        make.register(Gauge::with_opts(build)).set(1.0);
        #[cfg(target_os = "linux")]
        make.0
            .register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
            .expect("nothing else is named process_");
        make
    }

    pub(super) fn registry(self) -> Registry {
        self.0
    }

    pub(super) fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::new(name, help))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help))
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn fractions(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.register(GaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn seconds(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        self.register(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }

    fn register<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let collector = made.expect("the names in these files are valid; a test makes all of them");
        self.0.register(Box::new(collector.clone())).expect("each name is registered once");
        collector
    }
}

//! The settings as they are now: a reload replaces them while the gateway runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::config::Config;

/// A handle on the settings. Clones share them.
#[derive(Debug, Clone)]
pub struct Settings(Arc<RwLock<Arc<Config>>>);

impl Settings {
    /// Starts with these.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    /// The settings as they are now. Whoever needs several that belong together asks once.
    pub fn current(&self) -> Arc<Config> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in their place.
    pub fn replace(&self, config: Config) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
}

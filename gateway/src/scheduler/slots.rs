//! How many jobs of an engine run at once: as many as it has instances.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the running jobs of each engine.
#[derive(Default)]
pub(super) struct Slots(Arc<Mutex<HashMap<String, u32>>>);

/// The right to run one job; free again when dropped.
pub(super) struct Slot {
    taken: Arc<Mutex<HashMap<String, u32>>>,
    engine: String,
}

impl Slots {
    /// Takes a slot of `engine`, if fewer than `instances` are taken.
    pub(super) fn take(&self, engine: &str, instances: u32) -> Option<Slot> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(engine.to_owned()).or_default();
        (*count < instances).then(|| {
            *count += 1;
            Slot { taken: Arc::clone(&self.0), engine: engine.to_owned() }
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.engine) {
            *count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_has_as_many_slots_as_instances() {
        let slots = Slots::default();
        let first = slots.take("a", 1);
        assert!(first.is_some() && slots.take("a", 1).is_none() && slots.take("b", 1).is_some());
        drop(first);
        assert!(slots.take("a", 1).is_some());
    }
}

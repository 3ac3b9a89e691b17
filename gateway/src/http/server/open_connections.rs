//! The connections that are open, over all listeners: how many there may be, and which one gives way to a new one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long a new connection waits for the end of one that gives way to it.
const LEAVING: Duration = Duration::from_millis(250);

/// The connections of this process. A connection is idle while none of its requests is being answered; an idle one ends
/// when a new one needs its place, the longest idle one first.
#[derive(Debug, Default)]
pub(crate) struct OpenConnections {
    table: Mutex<Table>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    last: u64,
    open: HashMap<u64, Activity>,
}

/// What is known of one connection.
#[derive(Debug)]
struct Activity {
    /// What keeps it from being idle: a request that is being answered, bytes that the client has yet to take.
    uses: u32,
    idle_since: Instant,
    leave: CancellationToken,
}

impl OpenConnections {
    /// A place for one more of `limit` connections; `None` if there is none, and no idle one gives way.
    pub(crate) async fn admit(self: &Arc<Self>, limit: usize) -> Option<Place> {
        let deadline = Instant::now() + LEAVING;
        loop {
            let freed = self.freed.notified();
            {
                let mut table = self.table();
                if table.open.len() < limit {
                    return Some(table.take(self));
                }
                let leaving = table.open.values().filter(|activity| activity.leave.is_cancelled()).count();
                if table.open.len() - leaving >= limit && !table.one_gives_way() {
                    return None;
                }
            }
            timeout(deadline.saturating_duration_since(Instant::now()), freed).await.ok()?;
        }
    }

    /// Ends the longest idle connection; false if none is idle.
    pub(crate) fn one_gives_way(&self) -> bool {
        self.table().one_gives_way()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn take(&mut self, connections: &Arc<OpenConnections>) -> Place {
        self.last += 1;
        let leave = CancellationToken::new();
        self.open.insert(self.last, Activity { uses: 0, idle_since: Instant::now(), leave: leave.clone() });
        Place { id: self.last, leave, is_body_unread: AtomicBool::new(false), connections: Arc::clone(connections) }
    }

    fn one_gives_way(&mut self) -> bool {
        let idle = self.open.values().filter(|activity| activity.uses == 0 && !activity.leave.is_cancelled());
        match idle.min_by_key(|activity| activity.idle_since) {
            Some(longest) => {
                longest.leave.cancel();
                true
            }
            None => false,
        }
    }
}

/// A connection's place among the others; free again once it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    id: u64,
    leave: CancellationToken,
    is_body_unread: AtomicBool,
    connections: Arc<OpenConnections>,
}

impl Place {
    /// Keeps the connection from being idle until what is returned is dropped; `None` if it has given way already.
    pub(crate) fn begin_use(self: &Arc<Self>) -> Option<Use> {
        let mut table = self.connections.table();
        let activity = table.open.get_mut(&self.id).filter(|activity| !activity.leave.is_cancelled())?;
        activity.uses += 1;
        Some(Use { place: Arc::clone(self) })
    }

    /// Notes whether there is more of a request's body than was read.
    pub(crate) fn set_body_unread(&self, is_unread: bool) {
        self.is_body_unread.store(is_unread, Ordering::Relaxed);
    }

    /// Whether the client may still be sending a body that nobody reads.
    pub(crate) fn is_body_unread(&self) -> bool {
        self.is_body_unread.load(Ordering::Relaxed)
    }

    /// Returns once the connection has to give way.
    pub(crate) async fn given_way(&self) {
        self.leave.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.table().open.remove(&self.id);
        self.connections.freed.notify_waiters();
    }
}

/// What keeps a connection from being idle.
#[derive(Debug)]
pub(crate) struct Use {
    place: Arc<Place>,
}

impl Drop for Use {
    fn drop(&mut self) {
        if let Some(activity) = self.place.connections.table().open.get_mut(&self.place.id) {
            activity.uses -= 1;
            activity.idle_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_one_gives_way_and_a_busy_one_never() {
        let connections = Arc::new(OpenConnections::default());
        let mut places = Vec::new();
        for _ in 0..3 {
            places.push(Arc::new(connections.admit(3).await.unwrap()));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let busy = places[0].begin_use().unwrap();
        assert!(connections.admit(3).await.is_none(), "the one that gives way has yet to end");
        assert!(places[1].leave.is_cancelled() && !places[2].leave.is_cancelled());
        assert!(places[1].begin_use().is_none(), "nothing is begun on it any more");
        drop(places.remove(1));
        places.push(Arc::new(connections.admit(3).await.unwrap()));

        let others = [places[1].begin_use().unwrap(), places[2].begin_use().unwrap()];
        assert!(connections.admit(3).await.is_none() && !connections.one_gives_way());
        drop(busy);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(others);
        assert!(connections.one_gives_way() && places[0].leave.is_cancelled(), "idle for a second longer");
        drop(places);
        assert!(connections.table().open.is_empty());
    }

    #[tokio::test]
    async fn who_waits_for_a_place_gets_it_at_once() {
        let connections = Arc::new(OpenConnections::default());
        let place = Arc::new(connections.admit(1).await.unwrap());
        let leaving = tokio::spawn(async move { place.given_way().await });
        assert!(connections.admit(1).await.is_some());
        leaving.await.unwrap();
    }
}

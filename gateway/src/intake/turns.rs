//! A queue that is fair to clients: what one has asked for, however much it is, is no reason for another to wait.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::domain::client::Client;

/// A number of places, given to whoever waits.
///
/// A client that has some of the places gets another only while more are free than it has. Alone it comes to half of
/// them; the next client to half of the rest, and so on, so that one who comes anew finds a place free at once unless
/// many are busy. Whoever waits has their turn by the fewest places, and among equals round robin, not by how much they
/// have asked for.
pub struct Turns {
    state: Arc<Mutex<State>>,
}

struct State {
    free: usize,
    /// Clients with a place or in the queue.
    clients: HashMap<Client, Entry>,
    /// Those in the queue; whoever was served longest ago comes first.
    order: VecDeque<Client>,
}

#[derive(Default)]
struct Entry {
    busy: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// A place. Dropped, it is somebody else's.
pub struct Turn {
    state: Arc<Mutex<State>>,
    client: Client,
}

impl Turns {
    /// A queue for so many places.
    pub fn new(places: usize) -> Self {
        let state = State { free: places, clients: HashMap::new(), order: VecDeque::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Waits for a place. Whoever stops waiting leaves the queue.
    pub async fn take(&self, client: Client) -> Turn {
        let (place, turn) = oneshot::channel();
        {
            let mut state = lock(&self.state);
            let entry = state.clients.entry(client).or_default();
            if entry.waiting.is_empty() {
                entry.waiting.push_back(place);
                state.order.push_back(client);
            } else {
                entry.waiting.push_back(place);
            }
        }
        give(&self.state);
        turn.await.expect("whoever is in the queue has a turn, for the queue lives as long as it waits")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.state);
            state.free += 1;
            if let Some(entry) = state.clients.get_mut(&self.client) {
                entry.busy -= 1;
            }
            state.forget(self.client);
        }
        give(&self.state);
    }
}

impl State {
    /// Who is next, and gets one of the places. Those who do not wait any more are passed over.
    fn next(&mut self) -> Option<(Client, oneshot::Sender<Turn>)> {
        if self.free == 0 {
            return None;
        }
        let mut at = 0;
        while let Some(client) = self.order.get(at).copied() {
            let entry = self.clients.get_mut(&client)?;
            while entry.waiting.pop_front_if(|place| place.is_closed()).is_some() {}
            if entry.waiting.is_empty() {
                self.order.remove(at);
                self.forget(client);
            } else {
                at += 1;
            }
        }
        let busy = |client: &Client| self.clients.get(client).map_or(0, |entry| entry.busy);
        let may = |(_, client): &(usize, &Client)| self.free > busy(client);
        let (at, _) = self.order.iter().enumerate().filter(may).min_by_key(|(_, client)| busy(client))?;
        let client = self.order.remove(at)?;
        let entry = self.clients.get_mut(&client)?;
        let place = entry.waiting.pop_front()?;
        entry.busy += 1;
        if !entry.waiting.is_empty() {
            self.order.push_back(client);
        }
        self.free -= 1;
        Some((client, place))
    }

    /// Forgets a client that has nothing here any more.
    fn forget(&mut self, client: Client) {
        if self.clients.get(&client).is_some_and(|entry| entry.busy == 0 && entry.waiting.is_empty()) {
            self.clients.remove(&client);
        }
    }
}

/// Gives away what is free.
fn give(state: &Arc<Mutex<State>>) {
    loop {
        let Some((client, place)) = lock(state).next() else { return };
        // Whoever has just stopped waiting gives the place back by dropping it.
        let _ = place.send(Turn { state: Arc::clone(state), client });
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;

    fn client(n: u8) -> Client {
        Client::Address(IpAddr::from([192, 0, 2, n]))
    }

    fn now(turns: &Turns, n: u8) -> Option<Turn> {
        turns.take(client(n)).now_or_never()
    }

    #[tokio::test]
    async fn a_client_that_comes_anew_finds_a_place_beside_others_that_want_them_all() {
        let turns = Turns::new(8);
        let mut taken = Vec::new();
        for (n, most) in [(1, 4), (2, 2), (3, 1), (4, 1)] {
            let of_one: Vec<_> = std::iter::from_fn(|| now(&turns, n)).collect();
            assert_eq!(of_one.len(), most, "client {n}");
            taken.push(of_one);
        }
        assert!(now(&turns, 5).is_none(), "all places are busy");
        taken[0].pop();
        assert!(now(&turns, 1).is_none(), "who has many leaves what is free to others");
        assert!(now(&turns, 5).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn however_much_one_asks_for_another_waits_for_one_piece_of_work_at_most() {
        let turns = Arc::new(Turns::new(2));
        let done = Arc::new(Mutex::new(Vec::new()));
        let work = |n: u8| {
            let (turns, done) = (Arc::clone(&turns), Arc::clone(&done));
            tokio::spawn(async move {
                let _turn = turns.take(client(n)).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                done.lock().unwrap().push(n);
            })
        };
        let mut all: Vec<_> = (0..100).map(|_| work(1)).collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        all.extend((0..3).map(|_| work(2)));
        for work in all {
            work.await.unwrap();
        }
        let done = done.lock().unwrap();
        let last = done.iter().rposition(|n| *n == 2).unwrap();
        assert_eq!(done.len(), 103);
        assert!(last < 8, "the other's three were done with the {last}th");
        assert!(turns.state.lock().unwrap().clients.is_empty(), "nobody is remembered who has nothing here");
    }

    #[tokio::test]
    async fn who_stops_waiting_holds_nobody_up() {
        let turns = Turns::new(1);
        let busy = now(&turns, 1).unwrap();
        for n in 0..100 {
            assert!(now(&turns, n).is_none());
        }
        drop(busy);
        let state = || lock(&turns.state).order.len();
        assert_eq!(state(), 0, "all of them had gone");
        assert!(now(&turns, 2).is_some());
    }
}

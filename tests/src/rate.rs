//! Measures requests per second, for the benchmarks, and prints them as a table.

#![allow(clippy::print_stdout, reason = "a table for people is what a benchmark makes")]

use std::thread;
use std::time::Instant;

use crate::gateway::Gateway;

/// So many clients ask at once, after one has asked alone.
const CLIENTS: usize = 4;

/// Lets one client, then several at once, do the same thing `times` times each, and prints how often a second they do.
pub fn rate(what: &str, times: usize, gateway: &Gateway, request: impl Fn(&Gateway) + Sync) {
    for clients in [1, CLIENTS] {
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| (0..times).for_each(|_| request(gateway)));
            }
        });
        let rate = (times * clients) as f64 / start.elapsed().as_secs_f64();
        row(&format!("{what}, {clients} client{}", if clients > 1 { "s" } else { "" }), &format!("{rate:.0}/s"));
    }
}

/// Prints one figure.
pub fn row(what: &str, figure: &str) {
    println!("{what:52} {figure:>12}");
}

//! A line to a gateway that breaks once, when the first answer is on its way.

use std::io::{self, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::client::Api;

/// Where a gateway is reached over a line on which the first answer is lost: its request has arrived whole. Everything
/// later comes through.
///
/// # Panics
/// There is no free port.
pub fn line_that_breaks_once(gateway: &Api) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let gateway = gateway.address().to_owned();
    thread::spawn(move || {
        for (number, client) in listener.incoming().flatten().enumerate() {
            let Ok(server) = TcpStream::connect(&gateway) else { return };
            let [from_client, mut from_server] =
                [&client, &server].map(|end| end.try_clone().expect("handles are left"));
            let to_server = server.try_clone().expect("handles are left");
            thread::spawn(move || pass(from_client, to_server));
            thread::spawn(move || match number {
                0 => {
                    let _ = from_server.read(&mut [0]);
                    let _ = client.shutdown(Shutdown::Both);
                }
                _ => pass(from_server, client),
            });
        }
    });
    url
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

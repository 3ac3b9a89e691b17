//! nginx before a gateway, which it serves below a path of its own.

use std::fs;
use std::net::TcpListener;
use std::ops::Deref;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::client::Api;
use crate::programs;
use crate::site::Site;
use crate::wait::eventually;

/// A place for a proxy, whose address the gateway is to be told before both are started.
#[derive(Debug)]
pub struct ProxyPlace {
    port: u16,
}

/// A running nginx, which ends with its test.
#[derive(Debug)]
pub struct Proxy {
    process: Child,
    api: Api,
}

impl ProxyPlace {
    /// A free place.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        Self { port: listener.local_addr().expect("it is bound").port() }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where the gateway will be reached: below a path.
    pub fn url(&self) -> String {
        format!("http://{}/studio/avatars", self.address())
    }

    /// Starts nginx there before this gateway, as its documentation says; `None` if there is none.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(self, site: &Site, gateway: &Api) -> Option<Proxy> {
        let program = programs::nginx()?;
        let folder = site.scratch().join("nginx");
        fs::create_dir_all(folder.join("logs")).expect("the folder can be written");
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = temporary.iter().map(|kind| format!("{kind}_temp_path {kind};")).collect();
        let settings = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}
             http {{ access_log off; {temporary} server {{ listen {}; client_max_body_size 600m;
             location /studio/avatars/ {{ proxy_pass {}/; proxy_set_header Host $http_host; }} }} }}",
            self.address(),
            gateway.url(),
        );
        fs::write(folder.join("nginx.conf"), settings).expect("the folder can be written");
        let mut command = Command::new(program);
        command.arg("-p").arg(&folder).args(["-c", "nginx.conf", "-e", "stderr"]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("nginx was found");
        let mut proxy = Proxy { process, api: Api::at(self.url()) };
        eventually("nginx answers", Duration::from_secs(60), || {
            assert!(proxy.process.try_wait().expect("it was started here").is_none(), "nginx has ended");
            std::net::TcpStream::connect(self.address()).ok()
        });
        Some(proxy)
    }
}

impl Default for ProxyPlace {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Proxy {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

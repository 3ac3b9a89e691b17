//! A running double of the Duix generator, for tests of what talks to one.

mod behaviour;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Request;

pub use behaviour::Behaviour;

/// The double's process on a port of its own, which it keeps when it is killed and started again. It ends with its
/// owner, and so does what it has started.
#[derive(Debug)]
pub struct Generator {
    process: Option<Child>,
    address: String,
    data: PathBuf,
    notes: TempDir,
    agent: ureq::Agent,
}

impl Generator {
    /// Starts a double on a free port. `data` stands for the container's `/code/data`.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(data: &Path, behaviour: &Behaviour) -> Self {
        let mut generator = Self {
            process: None,
            address: "127.0.0.1:0".to_owned(),
            data: data.to_owned(),
            notes: tempfile::tempdir().expect("there is room for tests"),
            agent: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
        };
        generator.launch(behaviour);
        generator
    }

    /// Where it is reached, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port that it listens on.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder that it calls `/code/data`.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder that bare names and results belong to.
    pub fn temp(&self) -> PathBuf {
        self.data.join("temp")
    }

    /// Kills it at once, as `docker kill` would: its jobs are forgotten, its files stay.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // The group holds its FFmpeg as well, which would go on writing.
            let _ = kill_process_group(Pid::from_child(&process), Signal::KILL);
            let _ = process.wait();
        }
    }

    /// Starts it on the same port, after killing it if it runs.
    ///
    /// # Panics
    /// It does not start.
    pub fn restart(&mut self, behaviour: &Behaviour) {
        self.kill();
        self.launch(behaviour);
    }

    /// Has it behave so from now on. What running jobs were to meet, they meet.
    ///
    /// # Panics
    /// It does not answer.
    pub fn behave(&self, behaviour: &Behaviour) {
        self.post("/double/behaviour", &json!(behaviour));
    }

    /// How it behaves, with what is left of every count.
    ///
    /// # Panics
    /// It does not answer.
    pub fn behaviour(&self) -> Behaviour {
        serde_json::from_value(self.get("/double/behaviour")).expect("it tells its behaviour")
    }

    /// Lets a wedged job go on to its end. Returns whether there was one.
    ///
    /// # Panics
    /// It does not answer.
    pub fn unwedge(&self) -> bool {
        self.post("/double/unwedge", &json!({"drop": false}))["unwedged"] == true
    }

    /// Forgets a wedged job, so that the service is free again. Returns whether there was one.
    ///
    /// # Panics
    /// It does not answer.
    pub fn drop_wedged(&self) -> bool {
        self.post("/double/unwedge", &json!({"drop": true}))["unwedged"] == true
    }

    /// Every request under `/easy/` or elsewhere but `/double/`, also those before a restart, in the order of
    /// their answers: `at_ms` (Unix time of its arrival), `method`, `path`, `query`, `headers`, `body`, `status`, `answer`.
    ///
    /// # Panics
    /// It does not answer.
    pub fn requests(&self) -> Vec<Value> {
        list(self.get("/double/log"))
    }

    /// The codes that were submitted, accepted or not, in their order.
    ///
    /// # Panics
    /// It does not answer.
    pub fn submitted(&self) -> Vec<String> {
        let requests = self.requests().into_iter().filter(|request| request["path"] == "/easy/submit");
        requests.filter_map(|request| Some(request["body"]["code"].as_str()?.to_owned())).collect()
    }

    /// The answers to every query for a job, in their order.
    ///
    /// # Panics
    /// It does not answer.
    pub fn answers(&self, code: &str) -> Vec<Value> {
        let asked = format!("code={code}");
        let is_query = |request: &Value| request["path"] == "/easy/query" && request["query"] == asked;
        self.requests().into_iter().filter(is_query).map(|request| request["answer"].clone()).collect()
    }

    /// The jobs that were accepted since its start, with their parameters as it understood them.
    ///
    /// # Panics
    /// It does not answer.
    pub fn jobs(&self) -> Vec<Value> {
        list(self.get("/double/jobs"))
    }

    fn launch(&mut self, behaviour: &Behaviour) {
        let mut process = Command::new(binary())
            .args(["--listen", &self.address])
            .arg("--data")
            .arg(&self.data)
            .arg("--log")
            .arg(self.notes.path().join("requests.jsonl"))
            .args(["--behaviour", &json!(behaviour).to_string(), "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        let mut line = String::new();
        let _ = BufReader::new(process.stdout.take().expect("stdout is piped")).read_line(&mut line);
        let address = line.trim_end().strip_prefix("listening on http://").map(str::to_owned);
        self.process = Some(process);
        self.address = address.unwrap_or_else(|| panic!("the double of the generator does not listen: {line:?}"));
    }

    fn get(&self, path: &str) -> Value {
        self.send(Request::get(format!("{}{path}", self.url())).body(Vec::new()).expect("the address is one"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(format!("{}{path}", self.url())).header("content-type", "application/json");
        self.send(request.body(body.to_string().into_bytes()).expect("the address is one"))
    }

    fn send(&self, request: Request<Vec<u8>>) -> Value {
        let what = format!("{} {}", request.method(), request.uri());
        let mut response = self.agent.run(request).unwrap_or_else(|error| panic!("{what}: {error}"));
        let body = response.body_mut().with_config().limit(1 << 30).read_to_string();
        let body = body.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(response.status().is_success(), "{what}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{what}: {error} in {body}"))
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.notes.path().join("requests.jsonl")).unwrap_or_default();
            eprintln!("what the double of the generator was asked:\n{log}");
        }
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("{other} is no list"),
    }
}

/// Cargo builds the program beside the tests of its own crate.
fn binary() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its own path");
    let folder = exe.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps");
    folder.join(format!("duix-generator{}", env::consts::EXE_SUFFIX))
}

//! Benchmark of a gateway with a long past and a long queue: what each answer takes, beside what it may take.
//!
//! Run by `cargo xtask bench scale`. Every figure depends on the machine; what matters is that none grows with the rows.

use std::fs;
use std::time::{Duration, Instant};

use avatar_tests::{Gateway, Site, eventually, row, speech};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::runtime::Runtime;

/// Jobs that have ended, and uploads.
const PAST: u32 = 1_000_000;
/// Jobs that wait.
const QUEUES: [u32; 3] = [100, 10_000, 100_000];
/// How often each thing is asked.
const TIMES: usize = 21;

/// The latest end in the past: 2026-01-01.
const END: i64 = 1_767_225_600_000;

fn main() {
    // Nothing is old, and the only instance is busy for ever, until retention is asked for.
    let site = Site::new(
        &["testcard"],
        "[retention]\njobs_days = 0\nsweep_seconds = 1\n\n[engines.testcard]\nstall_seconds = 36000\n",
    );
    site.add_config(&format!("memory_dir = {:?}\n", site.scratch()));
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    gateway.rendering(&gateway.submit_testcard(&audio, json!({"fault": "hold"})), Duration::from_secs(60));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime");
    let database = runtime.block_on(open(&site));
    run(&runtime, &database, &ended_jobs());
    run(&runtime, &database, &uploads());
    let job = json!({"engine": "testcard", "audio_id": audio});
    let mut queued = 0;
    for length in QUEUES {
        run(&runtime, &database, &queued_jobs(length - queued, &audio));
        queued = length;
        row(&format!("with {length} jobs queued, {PAST} ended"), "");
        measure(&gateway, &job);
    }
    forget(&site, &gateway);
}

/// What clients ask while all of them wait.
fn measure(gateway: &Gateway, job: &Value) {
    let id = gateway.submit(job);
    for (what, path, aim) in [
        ("a poll of the last job", format!("/v1/jobs/{id}"), 10),
        ("a page of the newest jobs", "/v1/jobs?limit=50".into(), 10),
        ("a page of the queued jobs", "/v1/jobs?state=queued&limit=200".into(), 30),
        ("a page since a moment", "/v1/jobs?since=2026-01-01T00:00:00Z".into(), 10),
        ("/v1/engines", "/v1/engines".into(), 10),
        ("/metrics", "/metrics".into(), 10),
    ] {
        told(what, aim, || assert_eq!(gateway.get(&path).status, 200));
    }
    told("a submission by id", 10, || drop(gateway.submit(job)));
}

/// The median of a few times, with the aim beside it.
fn told(what: &str, aim: u32, mut ask: impl FnMut()) {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            ask();
            start.elapsed()
        })
        .collect();
    times.sort();
    row(&format!("  {what}, at most {aim} ms"), &format!("{:.1} ms", times[TIMES / 2].as_secs_f64() * 1e3));
}

/// How fast retention forgets what is old.
fn forget(site: &Site, gateway: &Gateway) {
    let ended =
        || gateway.get("/v1/jobs?state=failed&limit=1").json()["jobs"].as_array().is_some_and(|jobs| !jobs.is_empty());
    let config = fs::read_to_string(site.config()).expect("it was written before");
    let config = config.replace("jobs_days = 0", "jobs_days = 1");
    fs::write(site.config(), config).expect("the folder can be written");
    let start = Instant::now();
    gateway.hang_up();
    eventually("the past is forgotten", Duration::from_secs(3600), || (!ended()).then_some(()));
    let rate = f64::from(PAST) / start.elapsed().as_secs_f64();
    row("old jobs forgotten, at least 10000/s", &format!("{rate:.0}/s"));
}

async fn open(site: &Site) -> SqlitePool {
    let options =
        SqliteConnectOptions::new().filename(site.data().join("gateway.db")).busy_timeout(Duration::from_secs(30));
    SqlitePool::connect_with(options).await.expect("the gateway has made its database")
}

fn run(runtime: &Runtime, database: &SqlitePool, statement: &str) {
    // Several statements, so that the gateway gets its turns between them.
    for part in 0..10 {
        let part = statement.replace("$PART", &part.to_string());
        runtime.block_on(sqlx::raw_sql(sqlx::AssertSqlSafe(part)).execute(database)).expect("the rows fit the tables");
    }
}

/// A tenth of so many numbers `n`, and the text of an id of version 7 that was given `ms` milliseconds after 1970.
fn numbered(count: u32, ms: &str) -> (String, String) {
    let numbers = format!(
        "WITH RECURSIVE numbers(n) AS (
             SELECT $PART * {0} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ($PART + 1) * {0})",
        count / 10
    );
    let id = format!(
        "printf('%08x-%04x-7%03x-8%03x-%012x', ({ms}) >> 16, ({ms}) & 65535, abs(random()) % 4096, abs(random()) % 4096, n)"
    );
    (numbers, id)
}

fn ended_jobs() -> String {
    let (numbers, id) = numbered(PAST, &format!("{END} - {PAST} * 900 + n * 900"));
    format!(
        "INSERT INTO jobs (id, engine, params, state, max_failures, failures, not_before, warnings, error_code, error_message,
                           created_at, changed_at, started_at, finished_at, speech_seconds)
         {numbers}
         SELECT {id}, 'testcard', '{{}}', 'failed', 2, 1, t, '[]', 'engine.input', 'a sentence', t, t, t, t, 10
         FROM (SELECT n, ({END} - {PAST} * 900 + n * 900) * 1000 AS t FROM numbers)"
    )
}

fn uploads() -> String {
    let (numbers, id) = numbered(PAST, &format!("{END} - {PAST} * 900 + n * 900"));
    format!(
        "INSERT INTO audio (id, seconds, sample_rate, channels, codec, container, bytes, sha256, created_at)
         {numbers}
         SELECT {id}, 1, 16000, 1, 'pcm_s16le', 'wav', 32044, '', ({END} - {PAST} * 900 + n * 900) * 1000 FROM numbers"
    )
}

fn queued_jobs(count: u32, audio: &str) -> String {
    let (numbers, id) = numbered(count, &format!("{END} + n * 40"));
    format!(
        "INSERT INTO jobs (id, engine, audio_id, params, state, max_failures, not_before, warnings, created_at, changed_at,
                           speech_seconds)
         {numbers}
         SELECT {id}, 'testcard', '{audio}', '{{}}', 'queued', 2, 0, '[]', t, t, 1
         FROM (SELECT n, ({END} + n * 40) * 1000 AS t FROM numbers)"
    )
}

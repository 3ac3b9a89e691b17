//! No statement reads all that has ended or all that waits: what SQLite means to do for each one that the contract's clauses
//! have it run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::store::contract::*;
use crate::store::sqlite::*;

/// Tables that grow with what was ever asked for.
const GROWING: [&str; 11] = [
    "jobs",
    "job_metadata",
    "photos",
    "audio",
    "videos",
    "attempts",
    "webhooks",
    "webhook_attempts",
    "idempotency_keys",
    "batches",
    "batch_jobs",
];

/// As often as somebody sets the clock: each request that is answered once ages with it, and each wait goes on as long.
const WITH_THE_CLOCK: [&str; 3] = [
    "UPDATE idempotency_keys SET created_at = created_at + ?1",
    "UPDATE jobs SET not_before = not_before + ?1",
    "UPDATE jobs SET expires_at = expires_at + ?1",
];

#[tokio::test]
async fn no_statement_reads_all_there_is() {
    let statements = Statements::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone()))
        .expect("no other test listens to everything");
    let store = || async { Arc::new(SqliteStore::in_memory().await) };
    places_in_the_queue_count_the_jobs_claimed_before(store().await).await;
    the_oldest_queued_job_of_each_engine_is_known(store().await).await;
    lists_go_back_to_a_moment(store().await).await;
    lists_are_pages_that_newer_jobs_do_not_shift(store().await).await;
    lists_are_filtered_by_state_and_engine(store().await).await;
    jobs_are_found_by_what_their_clients_say(store().await).await;
    what_is_rare_is_found_among_much(store().await).await;
    uploads_are_found_by_what_they_were_checked_as(store().await).await;
    lists_of_uploads_are_pages(store().await).await;
    a_heartbeat_extends_the_lease_and_notes_progress(store().await).await;
    failures_are_counted_until_they_are_too_many(store().await).await;
    a_sweep_takes_back_the_leases_that_ran_out(store().await).await;
    a_job_past_its_deadline_fails(store().await).await;
    deadlines_move_with_the_clock(store().await).await;
    the_latest_successes_of_an_engine_are_its_history(store().await).await;
    a_request_is_answered_once(store().await).await;
    a_job_is_found_by_what_its_client_calls_it(store().await).await;
    a_batch_is_written_whole_and_breaks_with_its_first_job(store().await).await;
    a_job_is_kept_as_long_as_it_was_asked_for(store().await).await;
    what_is_old_is_told_oldest_first(store().await).await;
    an_upload_goes_unless_a_job_needs_it(store().await).await;
    the_queued_jobs_of_a_key_are_counted(store().await).await;
    attempts_at_a_delivery_are_remembered(store().await).await;
    hundreds_for_one_receiver_hide_no_other(store().await).await;
    only_what_is_asked_for_is_announced(store().await).await;
    later_progress_takes_the_place_of_earlier(store().await).await;

    let store = store().await;
    let heard: Vec<String> = statements.0.lock().unwrap().iter().cloned().collect();
    assert!(heard.len() > 40, "{heard:#?}");
    let mut reading_all = Vec::new();
    let is_of_the_clock = |statement: &str| WITH_THE_CLOCK.iter().any(|beginning| statement.starts_with(beginning));
    for statement in heard.iter().filter(|statement| !is_of_the_clock(statement)) {
        let text = format!("EXPLAIN QUERY PLAN {statement}");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(text)).fetch_all(&store.reader).await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|(.., step)| step).collect();
        let ends_early = statement.contains("LIMIT") && !plan.iter().any(|step| step.contains("FOR ORDER BY"));
        let is_of_few = statement.contains("state = 'running'");
        if !ends_early && plan.iter().any(|step| reads_all(step) || !is_of_few && reads_all_of_a_state(step)) {
            reading_all.push(format!("{statement}\n    {}", plan.join("\n    ")));
        }
    }
    assert!(reading_all.is_empty(), "{}", reading_all.join("\n"));
}

/// Whether a step of a plan goes through a growing table from end to end.
fn reads_all(step: &str) -> bool {
    let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split_whitespace().next());
    scanned.is_some_and(|table| GROWING.contains(&table))
}

/// Whether a step of a plan goes through all jobs that are in a state.
fn reads_all_of_a_state(step: &str) -> bool {
    step.starts_with("SEARCH jobs ") && ["(state=?)", "(state=? AND engine=?)"].iter().any(|all| step.ends_with(all))
}

/// The statements that were run while somebody listened.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn register_callsite(&self, metadata: &'static tracing::Metadata<'static>) -> tracing::subscriber::Interest {
        match metadata.target() {
            "sqlx::query" => tracing::subscriber::Interest::always(),
            _ => tracing::subscriber::Interest::never(),
        }
    }

    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sqlx::query" && *metadata.level() <= Level::DEBUG
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        // sqlx tells only its beginning where that is all of it.
        let statement = if told.statement.trim().is_empty() { told.summary } else { told.statement };
        let statement = statement.trim().trim_end_matches(';').to_owned();
        if ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb)) {
            self.0.lock().unwrap().insert(statement);
        }
    }
}

#[derive(Default)]
struct Told {
    summary: String,
    statement: String,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

//! What every store must do, as tests: `hold_to_contract!` runs them all against a store of the caller's making.

mod batches;
mod clock;
mod computation;
mod endings;
mod history;
mod keys;
mod leases;
mod metadata;
mod news;
mod queue;
mod retention;
mod rows;
pub(crate) mod samples;
mod uploads;
mod walk;
mod warnings;
mod webhooks;

pub(super) use crate::store::contract::batches::a_batch_is_written_whole_and_breaks_with_its_first_job;
pub(super) use crate::store::contract::clock::{
    deadlines_move_with_the_clock, no_wait_of_an_earlier_run_is_longer_than_waits_are,
};
pub(super) use crate::store::contract::computation::{
    what_a_job_is_computed_on_is_seen_at_once_and_once, what_an_attempt_is_computed_on_is_not_the_next_ones,
};
pub(super) use crate::store::contract::endings::{
    a_job_that_shall_end_is_not_tried_again, a_queued_job_is_canceled_at_once,
    a_released_job_keeps_its_place_and_its_chances, a_running_job_is_told_to_end, an_ended_job_never_changes,
    failures_are_counted_until_they_are_too_many,
};
pub(super) use crate::store::contract::history::{
    a_request_is_answered_once, attempts_are_remembered, the_latest_successes_of_an_engine_are_its_history,
    what_is_remembered_goes_with_the_job,
};
pub(super) use crate::store::contract::keys::{
    a_name_is_given_again_once_its_key_is_revoked, a_secret_opens_one_key, keys_are_read_as_they_were_written,
    the_queued_jobs_of_a_key_are_counted, the_use_of_a_key_is_noted,
};
pub(super) use crate::store::contract::leases::{
    a_heartbeat_extends_the_lease_and_notes_progress, a_job_that_ends_its_gateway_is_given_up,
    a_job_that_was_given_back_often_has_all_its_chances, a_lease_that_is_held_does_not_run_out,
    a_lost_lease_changes_nothing, a_start_takes_back_every_lease, a_sweep_takes_back_the_leases_that_ran_out,
    no_job_is_claimed_twice, the_oldest_job_that_may_run_is_claimed,
};
pub(super) use crate::store::contract::metadata::{
    jobs_are_found_by_what_their_clients_say, what_is_rare_is_found_among_much,
    whichever_way_a_job_is_written_its_metadata_is_and_goes_with_it,
};
pub(super) use crate::store::contract::news::{
    an_end_is_told_last, later_progress_takes_the_place_of_earlier, only_what_is_asked_for_is_announced,
};
pub(super) use crate::store::contract::queue::{
    a_job_past_its_deadline_fails, places_are_what_counting_gives, places_in_the_queue_count_the_jobs_claimed_before,
    the_most_urgent_job_is_claimed_first, the_oldest_queued_job_of_each_engine_is_known,
};
pub(super) use crate::store::contract::retention::{
    a_held_job_stays_and_says_so, a_job_is_kept_as_long_as_it_was_asked_for, a_job_is_removed_once_it_has_ended,
    what_is_old_is_told_oldest_first,
};
pub(super) use crate::store::contract::rows::{
    a_job_is_found_by_what_its_client_calls_it, a_job_is_read_as_it_was_written, an_id_is_given_once,
    lists_are_filtered_by_state_and_engine, lists_are_pages_that_newer_jobs_do_not_shift, lists_go_back_to_a_moment,
};
pub(crate) use crate::store::contract::samples::{at, new_job};
pub(super) use crate::store::contract::uploads::{
    a_job_is_written_only_if_its_uploads_are_there, an_upload_goes_unless_a_job_needs_it, lists_of_uploads_are_pages,
    no_upload_goes_while_a_job_is_made_of_it, uploads_are_found_by_what_they_were_checked_as,
    uploads_are_read_as_they_were_written,
};
pub(super) use crate::store::contract::walk::whatever_happens_is_legal_and_counted;
pub(super) use crate::store::contract::warnings::{
    a_running_jobs_warnings_are_seen_at_once_and_once, an_attempts_warnings_end_with_the_next_one, warnings_add_up,
};
pub(super) use crate::store::contract::webhooks::{
    attempts_at_a_delivery_are_remembered, every_end_is_announced, hundreds_for_one_receiver_hide_no_other,
};

/// Makes one test of each clause. The expression is a future of an empty store and of what must outlive it.
macro_rules! hold_to_contract {
    ($open:expr) => {
        $crate::store::contract::hold_to_contract! { @clauses $open =>
            a_job_is_read_as_it_was_written
            a_job_is_found_by_what_its_client_calls_it
            an_id_is_given_once
            lists_are_pages_that_newer_jobs_do_not_shift
            lists_are_filtered_by_state_and_engine
            lists_go_back_to_a_moment
            jobs_are_found_by_what_their_clients_say
            what_is_rare_is_found_among_much
            whichever_way_a_job_is_written_its_metadata_is_and_goes_with_it
            the_oldest_job_that_may_run_is_claimed
            no_job_is_claimed_twice
            a_heartbeat_extends_the_lease_and_notes_progress
            a_lost_lease_changes_nothing
            a_queued_job_is_canceled_at_once
            a_running_job_is_told_to_end
            an_ended_job_never_changes
            failures_are_counted_until_they_are_too_many
            a_job_that_shall_end_is_not_tried_again
            a_released_job_keeps_its_place_and_its_chances
            a_sweep_takes_back_the_leases_that_ran_out
            a_start_takes_back_every_lease
            a_job_that_ends_its_gateway_is_given_up
            a_job_that_was_given_back_often_has_all_its_chances
            a_lease_that_is_held_does_not_run_out
            deadlines_move_with_the_clock
            no_wait_of_an_earlier_run_is_longer_than_waits_are
            places_in_the_queue_count_the_jobs_claimed_before
            places_are_what_counting_gives
            the_oldest_queued_job_of_each_engine_is_known
            the_most_urgent_job_is_claimed_first
            a_job_past_its_deadline_fails
            attempts_are_remembered
            the_latest_successes_of_an_engine_are_its_history
            a_request_is_answered_once
            what_is_remembered_goes_with_the_job
            warnings_add_up
            a_running_jobs_warnings_are_seen_at_once_and_once
            an_attempts_warnings_end_with_the_next_one
            what_a_job_is_computed_on_is_seen_at_once_and_once
            what_an_attempt_is_computed_on_is_not_the_next_ones
            a_job_is_removed_once_it_has_ended
            a_held_job_stays_and_says_so
            a_job_is_kept_as_long_as_it_was_asked_for
            a_batch_is_written_whole_and_breaks_with_its_first_job
            what_is_old_is_told_oldest_first
            whatever_happens_is_legal_and_counted
            uploads_are_read_as_they_were_written
            uploads_are_found_by_what_they_were_checked_as
            lists_of_uploads_are_pages
            an_upload_goes_unless_a_job_needs_it
            a_job_is_written_only_if_its_uploads_are_there
            no_upload_goes_while_a_job_is_made_of_it
            every_end_is_announced
            attempts_at_a_delivery_are_remembered
            hundreds_for_one_receiver_hide_no_other
            only_what_is_asked_for_is_announced
            later_progress_takes_the_place_of_earlier
            an_end_is_told_last
            keys_are_read_as_they_were_written
            a_name_is_given_again_once_its_key_is_revoked
            a_secret_opens_one_key
            the_use_of_a_key_is_noted
            the_queued_jobs_of_a_key_are_counted
        }
    };
    (@clauses $open:expr => $($clause:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            let (store, _place) = $open.await;
            $crate::store::contract::$clause(std::sync::Arc::new(store)).await;
        }
    )*};
}
pub(super) use hold_to_contract;

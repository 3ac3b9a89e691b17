-- What is remembered of a job's way: its attempts, how long its steps took, what exactly it was made with, and the
-- request that it answers.

-- When its state last changed.
ALTER TABLE jobs ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
-- Length of its speech, for estimates.
ALTER TABLE jobs ADD COLUMN speech_seconds REAL;
-- JSON: seconds that the steps of the successful attempt took.
ALTER TABLE jobs ADD COLUMN timings TEXT;
-- JSON: what it takes to make the same video again.
ALTER TABLE jobs ADD COLUMN record TEXT;
UPDATE jobs SET changed_at = coalesce(finished_at, started_at, created_at);

CREATE INDEX jobs_by_age ON jobs (created_at);
-- Retention removes those first that ended first.
CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
-- Deadlines are looked at every second.
CREATE INDEX jobs_by_deadline ON jobs (expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;

CREATE TABLE attempts (
    job_id            TEXT    NOT NULL,
    number            INTEGER NOT NULL,
    started_at        INTEGER NOT NULL,
    finished_at       INTEGER,
    -- Null while it runs. 'interrupted': the gateway stopped, or lost it.
    outcome           TEXT    CHECK (outcome IN ('succeeded', 'failed', 'canceled', 'interrupted')),
    error_code        TEXT,
    error_message     TEXT,
    PRIMARY KEY (job_id, number),
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

-- Triggers keep the history, so that no statement which moves a job can forget it.
CREATE TRIGGER attempt_begins AFTER UPDATE OF state ON jobs WHEN OLD.state = 'queued' AND NEW.state = 'running' BEGIN
    INSERT INTO attempts (job_id, number, started_at) VALUES (NEW.id, NEW.attempt, NEW.started_at);
END;

CREATE TRIGGER attempt_ends AFTER UPDATE OF state ON jobs WHEN OLD.state = 'running' AND NEW.state <> 'running' BEGIN
    UPDATE attempts SET
        finished_at = NEW.changed_at,
        outcome = CASE WHEN NEW.state IN ('succeeded', 'failed', 'canceled') THEN NEW.state
                       WHEN NEW.failures > OLD.failures THEN 'failed' ELSE 'interrupted' END,
        error_code = CASE WHEN NEW.state = 'failed' OR NEW.failures > OLD.failures THEN NEW.error_code END,
        error_message = CASE WHEN NEW.state = 'failed' OR NEW.failures > OLD.failures THEN NEW.error_message END
    WHERE job_id = NEW.id AND number = NEW.attempt;
END;

-- Requests that were answered with a job: the same one again gets the same job.
CREATE TABLE idempotency_keys (
    key               TEXT    NOT NULL PRIMARY KEY,
    -- SHA-256 of what was asked for.
    request           TEXT    NOT NULL,
    job_id            TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TRIGGER job_is_forgotten AFTER DELETE ON jobs BEGIN
    DELETE FROM attempts WHERE job_id = OLD.id;
    DELETE FROM idempotency_keys WHERE job_id = OLD.id;
END;

-- JSON, as in photos: what may make the video worse than it could be.
ALTER TABLE audio ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';

CREATE TABLE videos (
    id                TEXT    NOT NULL PRIMARY KEY,
    seconds           REAL    NOT NULL,
    width             INTEGER NOT NULL,
    height            INTEGER NOT NULL,
    fps               REAL    NOT NULL,
    frames            INTEGER NOT NULL,
    codec             TEXT    NOT NULL,
    container         TEXT    NOT NULL,
    -- Null where it has no sound.
    sound_codec       TEXT,
    bytes             INTEGER NOT NULL,
    sha256            TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;

-- Deletion asks who needs an upload.
CREATE INDEX jobs_by_photo ON jobs (photo_id);
CREATE INDEX jobs_by_audio ON jobs (audio_id);
CREATE INDEX jobs_by_video ON jobs (video_id);

-- The outbox: the end of a job that names a webhook is written here in the same transaction, whichever way it ended.
-- Times are microseconds since 1970 UTC.

CREATE TABLE webhooks (
    job_id            TEXT    NOT NULL PRIMARY KEY,
    url               TEXT    NOT NULL,
    event             TEXT    NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    -- When it is to be tried next; null once it is not.
    next_attempt_at   INTEGER,
    created_at        INTEGER NOT NULL,
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
) STRICT;
CREATE INDEX webhooks_by_turn ON webhooks (next_attempt_at) WHERE state = 'pending';

CREATE TABLE webhook_attempts (
    job_id            TEXT    NOT NULL,
    number            INTEGER NOT NULL,
    at                INTEGER NOT NULL,
    -- What the receiver answered, or else what was in the way.
    status            INTEGER,
    error             TEXT,
    milliseconds      INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER job_end_is_announced AFTER UPDATE OF state ON jobs
WHEN NEW.webhook_url IS NOT NULL
    AND NEW.state IN ('succeeded', 'failed', 'canceled') AND OLD.state NOT IN ('succeeded', 'failed', 'canceled')
BEGIN
    INSERT INTO webhooks (job_id, url, event, state, next_attempt_at, created_at)
    VALUES (NEW.id, NEW.webhook_url, 'job.' || NEW.state, 'pending', NEW.finished_at, NEW.finished_at);
END;

CREATE TRIGGER announcement_is_forgotten AFTER DELETE ON jobs BEGIN
    DELETE FROM webhooks WHERE job_id = OLD.id;
    DELETE FROM webhook_attempts WHERE job_id = OLD.id;
END;

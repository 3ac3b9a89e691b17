-- Clients choose what is announced of their jobs: beside the ends, that one has begun and how far it is.

-- JSON, a list of events; null for the three ends.
ALTER TABLE jobs ADD COLUMN webhook_events TEXT;

DROP TRIGGER job_end_is_announced;
DROP TRIGGER announcement_is_forgotten;
ALTER TABLE webhooks RENAME TO webhooks_of_ends;
ALTER TABLE webhook_attempts RENAME TO webhook_attempts_of_ends;

-- The outbox: one row for each event of a job. That of its progress is used again for what is next to be told of it.
CREATE TABLE webhooks (
    job_id            TEXT    NOT NULL,
    event             TEXT    NOT NULL CHECK (
        event IN ('job.started', 'job.progress', 'job.succeeded', 'job.failed', 'job.canceled')),
    url               TEXT    NOT NULL,
    -- Counts what was to be told under this event. Only progress is told more than once.
    serial            INTEGER NOT NULL DEFAULT 1,
    -- 'outdated': the job ended before it was told.
    state             TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up', 'outdated')),
    -- When it is to be tried next; null once it is not.
    next_attempt_at   INTEGER,
    created_at        INTEGER NOT NULL,
    -- `https://example.org:8443`.
    receiver          TEXT    GENERATED ALWAYS AS (
        substr(url, 1, instr(url, '://') + 1 + instr(substr(url, instr(url, '://') + 3) || '/', '/'))
    ) VIRTUAL,
    -- `example.org`, or `[::1]`.
    host              TEXT    GENERATED ALWAYS AS (
        CASE WHEN instr(receiver, '://[')
            THEN substr(receiver, instr(receiver, '://') + 3, instr(receiver, ']') - instr(receiver, '://') - 2)
            ELSE substr(receiver, instr(receiver, '://') + 3,
                        instr(substr(receiver, instr(receiver, '://') + 3) || ':', ':') - 1)
        END
    ) VIRTUAL,
    PRIMARY KEY (job_id, event),
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
) STRICT;

CREATE TABLE webhook_attempts (
    job_id            TEXT    NOT NULL,
    event             TEXT    NOT NULL,
    number            INTEGER NOT NULL,
    at                INTEGER NOT NULL,
    -- What the receiver answered, or else what was in the way.
    status            INTEGER,
    error             TEXT,
    milliseconds      INTEGER NOT NULL,
    PRIMARY KEY (job_id, event, number)
) STRICT, WITHOUT ROWID;

INSERT INTO webhooks (job_id, event, url, state, next_attempt_at, created_at)
SELECT job_id, event, url, state, next_attempt_at, created_at FROM webhooks_of_ends;
INSERT INTO webhook_attempts (job_id, event, number, at, status, error, milliseconds)
SELECT job_id, event, number, at, status, error, milliseconds
FROM webhook_attempts_of_ends JOIN webhooks_of_ends USING (job_id);
DROP TABLE webhooks_of_ends;
DROP TABLE webhook_attempts_of_ends;

-- Holds all that decides whose turn it is.
CREATE INDEX webhooks_by_turn ON webhooks (next_attempt_at, receiver, host, job_id) WHERE state = 'pending';

CREATE TRIGGER job_start_is_announced AFTER UPDATE OF state ON jobs
WHEN NEW.webhook_events IS NOT NULL AND OLD.state = 'queued' AND NEW.state = 'running' AND NEW.attempt = 1
    AND instr(NEW.webhook_events, '"job.started"')
BEGIN
    INSERT INTO webhooks (job_id, event, url, state, next_attempt_at, created_at)
    VALUES (NEW.id, 'job.started', NEW.webhook_url, 'pending', NEW.started_at, NEW.started_at);
END;

CREATE TRIGGER job_end_is_announced AFTER UPDATE OF state ON jobs
WHEN NEW.webhook_url IS NOT NULL
    AND NEW.state IN ('succeeded', 'failed', 'canceled') AND OLD.state NOT IN ('succeeded', 'failed', 'canceled')
    AND (NEW.webhook_events IS NULL OR instr(NEW.webhook_events, '"job.' || NEW.state || '"'))
BEGIN
    INSERT INTO webhooks (job_id, event, url, state, next_attempt_at, created_at)
    VALUES (NEW.id, 'job.' || NEW.state, NEW.webhook_url, 'pending', NEW.finished_at, NEW.finished_at);
END;

-- What came before is not told any more, but that the job was begun where that has not been tried even once.
CREATE TRIGGER earlier_news_are_outdated AFTER UPDATE OF state ON jobs
WHEN NEW.webhook_events IS NOT NULL
    AND NEW.state IN ('succeeded', 'failed', 'canceled') AND OLD.state NOT IN ('succeeded', 'failed', 'canceled')
BEGIN
    UPDATE webhooks SET state = 'outdated', next_attempt_at = NULL
    WHERE job_id = NEW.id AND state = 'pending' AND (event = 'job.progress' OR event = 'job.started' AND EXISTS (
        SELECT 1 FROM webhook_attempts AS tried WHERE tried.job_id = NEW.id AND tried.event = webhooks.event));
END;

CREATE TRIGGER announcement_is_forgotten AFTER DELETE ON jobs BEGIN
    DELETE FROM webhooks WHERE job_id = OLD.id;
    DELETE FROM webhook_attempts WHERE job_id = OLD.id;
END;

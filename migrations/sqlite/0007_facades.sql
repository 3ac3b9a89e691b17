-- What the facades need of jobs: several that belong together, and ones that go by themselves.

-- So long after its end a job is removed with its uploads, in microseconds; null for jobs that stay.
ALTER TABLE jobs ADD COLUMN keep_micros INTEGER;
CREATE INDEX jobs_by_keep ON jobs (finished_at + keep_micros) WHERE keep_micros IS NOT NULL;

-- Jobs that were asked for in one request, and are told of under one name.
CREATE TABLE batches (
    id                TEXT    NOT NULL PRIMARY KEY,
    -- Whether their videos are to be had as one.
    combine           INTEGER NOT NULL CHECK (combine IN (0, 1)),
    created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE batch_jobs (
    batch_id          TEXT    NOT NULL,
    -- From 0.
    place             INTEGER NOT NULL,
    job_id            TEXT    NOT NULL,
    PRIMARY KEY (batch_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_jobs_by_job ON batch_jobs (job_id);

-- A batch of which one job is gone is none any more; the others stay as jobs.
CREATE TRIGGER batch_breaks AFTER DELETE ON jobs BEGIN
    DELETE FROM batches WHERE id IN (SELECT batch_id FROM batch_jobs WHERE job_id = OLD.id);
    DELETE FROM batch_jobs WHERE batch_id IN (SELECT batch_id FROM batch_jobs WHERE job_id = OLD.id);
END;

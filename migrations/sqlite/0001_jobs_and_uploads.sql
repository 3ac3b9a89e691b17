-- Jobs and the uploads they are made from.
--
-- Ids are UUIDs of version 7 as text: their order is that of time, so that no index on times is needed for lists.
-- Times are microseconds since 1970 UTC. JSON stands as text.

CREATE TABLE jobs (
    id                TEXT    NOT NULL PRIMARY KEY,
    engine            TEXT    NOT NULL,
    -- No foreign keys: a job stays in the list when the uploads it was made from have been deleted.
    photo_id          TEXT,
    audio_id          TEXT,
    params            TEXT    NOT NULL,

    state             TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    cancel_requested  INTEGER NOT NULL DEFAULT 0,
    attempt           INTEGER NOT NULL DEFAULT 0,
    max_failures      INTEGER NOT NULL,
    failures          INTEGER NOT NULL DEFAULT 0,
    -- Until when the running attempt is believed to be alive.
    lease_until       INTEGER,
    not_before        INTEGER NOT NULL,

    progress_stage    TEXT    NOT NULL DEFAULT '',
    progress_done     INTEGER NOT NULL DEFAULT 0,
    progress_total    INTEGER NOT NULL DEFAULT 0,
    warnings          TEXT    NOT NULL,
    error_code        TEXT,
    error_message     TEXT,

    artifact_attempt  INTEGER,
    artifact_bytes    INTEGER,
    artifact_sha256   TEXT,
    artifact_frames   INTEGER,
    artifact_seconds  REAL,
    artifact_width    INTEGER,
    artifact_height   INTEGER,

    created_at        INTEGER NOT NULL,
    started_at        INTEGER,
    finished_at       INTEGER,
    revision          INTEGER NOT NULL DEFAULT 1,

    -- What must hold whatever the code does: exactly the running jobs are leased, exactly the ended ones have an end,
    -- a job has succeeded if and only if there is a video, and none that shall end waits for its turn.
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'succeeded') = (artifact_sha256 IS NOT NULL)),
    CHECK (state <> 'queued' OR NOT cancel_requested)
) STRICT;

-- Claims and queue positions read the queued jobs of one engine in order of age, lists those of one state and engine.
CREATE INDEX jobs_by_state_and_engine ON jobs (state, engine, id);

-- Lists of one state alone, and the sweep: it reads the running jobs, a handful, however many have ended.
CREATE INDEX jobs_by_state ON jobs (state, id);

-- Lists of one engine alone. Those without a filter read the primary key.
CREATE INDEX jobs_by_engine ON jobs (engine, id);

CREATE TABLE photos (
    id                TEXT    NOT NULL PRIMARY KEY,
    media_type        TEXT    NOT NULL,
    width             INTEGER NOT NULL,
    height            INTEGER NOT NULL,
    bytes             INTEGER NOT NULL,
    sha256            TEXT    NOT NULL,
    faces             TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE audio (
    id                TEXT    NOT NULL PRIMARY KEY,
    seconds           REAL    NOT NULL,
    sample_rate       INTEGER NOT NULL,
    channels          INTEGER NOT NULL,
    codec             TEXT    NOT NULL,
    container         TEXT    NOT NULL,
    bytes             INTEGER NOT NULL,
    sha256            TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;

-- API keys. A secret is known to its owner alone: the digest of it finds its row.
CREATE TABLE keys (
    id                   TEXT    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL CHECK (name <> ''),
    digest               TEXT    NOT NULL UNIQUE CHECK (length(digest) = 64),
    scopes               TEXT    NOT NULL CHECK (json_type(scopes) = 'array'),
    -- NULL for the configured ones; 0 for none.
    requests_per_minute  INTEGER CHECK (requests_per_minute >= 0),
    queued_jobs          INTEGER CHECK (queued_jobs >= 0),
    created_at           INTEGER NOT NULL,
    last_used_at         INTEGER,
    revoked_at           INTEGER
) STRICT;

-- A name can be given again once its key is revoked.
CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE revoked_at IS NULL;

-- Quotas count the queued jobs of one key.
CREATE INDEX jobs_by_key ON jobs (key_id) WHERE state = 'queued';

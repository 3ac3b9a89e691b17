-- What a client may say of a job beside what it is made from, and what keeps it from being removed.
ALTER TABLE jobs ADD COLUMN video_id TEXT;
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- A job that is still queued then has failed.
ALTER TABLE jobs ADD COLUMN expires_at INTEGER;
ALTER TABLE jobs ADD COLUMN webhook_url TEXT;
-- The API key it was submitted with.
ALTER TABLE jobs ADD COLUMN key_id TEXT;
-- Held jobs stay, and so do the uploads they were made from.
ALTER TABLE jobs ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;

-- Claims read the queued jobs of one engine, the most urgent first, the oldest among equals.
CREATE INDEX jobs_by_urgency ON jobs (engine, priority DESC, id) WHERE state = 'queued';

-- What the latest attempt has warned of, beside what was told at the submission: the next attempt begins without it.

-- JSON, as warnings; those of jobs that have ended until now stand there.
ALTER TABLE jobs ADD COLUMN attempt_warnings TEXT NOT NULL DEFAULT '[]';

-- How far an attempt is, as data: its phase beside the words, and the part of the whole that is finished.

-- Null before the first attempt.
ALTER TABLE jobs ADD COLUMN progress_phase TEXT
    CHECK (progress_phase IN ('starting', 'loading', 'preparing', 'rendering', 'finishing'));
-- 0 to 1.
ALTER TABLE jobs ADD COLUMN progress_fraction REAL NOT NULL DEFAULT 0;

-- What is known of jobs that have been started: until now, the words alone told their phase.
UPDATE jobs SET progress_phase = CASE
    WHEN state = 'succeeded' THEN 'finishing'
    WHEN progress_stage = '' THEN NULL
    WHEN progress_stage = 'start engine' THEN 'starting'
    WHEN progress_stage = 'load engine' THEN 'loading'
    WHEN progress_stage IN ('render', 'generate') THEN 'rendering'
    WHEN progress_stage IN ('finish', 'check video') THEN 'finishing'
    ELSE 'preparing'
END;
UPDATE jobs SET progress_fraction = CASE
    WHEN state = 'succeeded' THEN 1.0
    WHEN progress_phase = 'loading' THEN 0.02
    WHEN progress_phase = 'preparing' THEN 0.1
    WHEN progress_phase = 'rendering' AND progress_total > 0
        THEN 0.15 + 0.8 * min(1.0, CAST(progress_done AS REAL) / progress_total)
    WHEN progress_phase = 'rendering' THEN 0.15
    WHEN progress_phase = 'finishing' THEN 0.95
    ELSE 0.0
END;

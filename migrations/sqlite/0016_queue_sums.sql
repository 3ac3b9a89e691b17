-- What lists, polls and metrics ask at any length of the queue and of the past, kept as sums by whatever changes a job.

-- How many jobs are queued, and how many microseconds of speech they have: for each engine and priority in all (level 0), and
-- for those whose ids begin with the same characters (as many as the level says). Ids begin with their time: 6 characters are
-- the jobs of 4.7 hours, 8 those of 65 seconds, 11 those of 256 milliseconds. What is ahead of a job is the sum of at most 16
-- rows of each level (of the first, one for each 4.7 hours) and of the jobs of its own 256 milliseconds. `above` is the level
-- before, each row of which is the sum of those of this one.
CREATE TABLE queue_levels (level INTEGER NOT NULL PRIMARY KEY, above INTEGER NOT NULL) STRICT;
INSERT INTO queue_levels VALUES (0, 0), (6, 0), (7, 6), (8, 7), (10, 8), (11, 10);

CREATE TABLE queue_sums (
    engine            TEXT    NOT NULL,
    level             INTEGER NOT NULL,
    priority          INTEGER NOT NULL,
    prefix            TEXT    NOT NULL,
    jobs              INTEGER NOT NULL,
    speech_micros     INTEGER NOT NULL,
    PRIMARY KEY (engine, level, priority, prefix)
) STRICT, WITHOUT ROWID;

-- How many jobs there are of each engine in each state.
CREATE TABLE job_counts (
    engine            TEXT    NOT NULL,
    state             TEXT    NOT NULL,
    jobs              INTEGER NOT NULL,
    PRIMARY KEY (engine, state)
) STRICT, WITHOUT ROWID;

-- A job that comes into the queue or leaves it, by 1 or by -1, as all rows that it counts in.
CREATE VIEW queue_moves AS SELECT engine, priority, id, speech_seconds, 1 AS by FROM jobs WHERE state = 'queued';
CREATE TRIGGER queue_moves_are_summed INSTEAD OF INSERT ON queue_moves BEGIN
    INSERT INTO queue_sums
    SELECT NEW.engine, level, NEW.priority, substr(NEW.id, 1, level), NEW.by,
           NEW.by * CAST(round(coalesce(NEW.speech_seconds, 0) * 1e6) AS INTEGER)
    FROM queue_levels WHERE true
    ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs, speech_micros = speech_micros + excluded.speech_micros;
    DELETE FROM queue_sums
    WHERE NEW.by < 0 AND engine = NEW.engine AND level IN (SELECT level FROM queue_levels) AND priority = NEW.priority
      AND prefix IN ('', substr(NEW.id, 1, 6), substr(NEW.id, 1, 7), substr(NEW.id, 1, 8), substr(NEW.id, 1, 10),
                     substr(NEW.id, 1, 11))
      AND jobs = 0;
END;

INSERT INTO queue_moves SELECT engine, priority, id, speech_seconds, 1 FROM jobs WHERE state = 'queued';
INSERT INTO job_counts SELECT engine, state, count(*) FROM jobs GROUP BY 1, 2;

CREATE TRIGGER job_comes AFTER INSERT ON jobs BEGIN
    INSERT INTO job_counts VALUES (NEW.engine, NEW.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    INSERT INTO queue_moves SELECT NEW.engine, NEW.priority, NEW.id, NEW.speech_seconds, 1 WHERE NEW.state = 'queued';
END;

CREATE TRIGGER job_changes_state AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE engine = OLD.engine AND state = OLD.state;
    INSERT INTO job_counts VALUES (NEW.engine, NEW.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    INSERT INTO queue_moves SELECT OLD.engine, OLD.priority, OLD.id, OLD.speech_seconds, -1 WHERE OLD.state = 'queued';
    INSERT INTO queue_moves SELECT NEW.engine, NEW.priority, NEW.id, NEW.speech_seconds, 1 WHERE NEW.state = 'queued';
END;

CREATE TRIGGER job_goes AFTER DELETE ON jobs BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE engine = OLD.engine AND state = OLD.state;
    INSERT INTO queue_moves SELECT OLD.engine, OLD.priority, OLD.id, OLD.speech_seconds, -1 WHERE OLD.state = 'queued';
END;

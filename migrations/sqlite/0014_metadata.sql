-- What a client says of a job for itself: JSON, an object of texts.
ALTER TABLE jobs ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';

-- The same, member by member: lists are filtered by it, and read it in their own order.
CREATE TABLE job_metadata (
    name              TEXT    NOT NULL,
    value             TEXT    NOT NULL,
    job_id            TEXT    NOT NULL,
    PRIMARY KEY (name, value, job_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER metadata_is_listed AFTER INSERT ON jobs WHEN NEW.metadata <> '{}' BEGIN
    INSERT INTO job_metadata (name, value, job_id) SELECT key, value, NEW.id FROM json_each(NEW.metadata);
END;

CREATE TRIGGER metadata_is_forgotten AFTER DELETE ON jobs WHEN OLD.metadata <> '{}' BEGIN
    DELETE FROM job_metadata
    WHERE (name, value) IN (SELECT key, value FROM json_each(OLD.metadata)) AND job_id = OLD.id;
END;

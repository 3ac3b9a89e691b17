-- How often a job was taken from an attempt that had fallen silent: what counts towards job.lease_lost. Attempts that were
-- given back do not, however many there are.
ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

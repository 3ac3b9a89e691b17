-- What the clients of a facade call a job, where they choose the name; null once it is forgotten.
ALTER TABLE jobs ADD COLUMN client_name TEXT;
CREATE INDEX jobs_by_client_name ON jobs (client_name) WHERE client_name IS NOT NULL;

-- Whoever deletes a photo asks for the jobs that need it: those that wait, run or are held, among all that ever were.
CREATE INDEX jobs_by_photo ON jobs (photo_id) WHERE photo_id IS NOT NULL;

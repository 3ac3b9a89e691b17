-- What removal and lists by age ask, found without a look at what has ended.

-- Who needs an upload: jobs that wait, run or are held, not the many that were made from it.
DROP INDEX jobs_by_photo;
DROP INDEX jobs_by_audio;
DROP INDEX jobs_by_video;
CREATE INDEX jobs_needing_photo ON jobs (photo_id) WHERE hold OR state IN ('queued', 'running');
CREATE INDEX jobs_needing_audio ON jobs (audio_id) WHERE hold OR state IN ('queued', 'running');
CREATE INDEX jobs_needing_video ON jobs (video_id) WHERE hold OR state IN ('queued', 'running');

-- The oldest uploads, a few at a time.
CREATE INDEX photos_by_age ON photos (created_at);
CREATE INDEX audio_by_age ON audio (created_at);
CREATE INDEX videos_by_age ON videos (created_at);

-- Jobs since a moment are read by their ids, which begin with it.
DROP INDEX jobs_by_age;

-- JSON, as in photos and audio: what may make the video worse than it could be.
ALTER TABLE videos ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';

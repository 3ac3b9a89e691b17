-- What an upload was checked as: one digest of its content, of the rules it was held to and of who sent it. The same content
-- from the same client under the same rules is not looked at again. None for what was checked before there was this column.
ALTER TABLE photos ADD COLUMN checked_as TEXT;
ALTER TABLE audio ADD COLUMN checked_as TEXT;

CREATE INDEX photos_by_check ON photos (checked_as, id) WHERE checked_as IS NOT NULL;
CREATE INDEX audio_by_check ON audio (checked_as, id) WHERE checked_as IS NOT NULL;

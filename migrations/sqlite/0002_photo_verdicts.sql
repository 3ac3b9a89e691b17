-- What was thought of a photo: which face is meant, what was warned of, which part was kept. JSON, as in `faces`.
-- Photos from before were taken for their best face, whole and without a warning.
ALTER TABLE photos ADD COLUMN verdict TEXT NOT NULL DEFAULT '{"valid":true,"code":"ok","message":"the photo can be used","remedy":"","warnings":[],"face":0,"crop":null,"kept":null}';

-- On what the latest attempt is computed, as its engine says: the next attempt begins without it.

-- JSON: device, providers, precision. Null where the engine does not say.
ALTER TABLE jobs ADD COLUMN computation TEXT;

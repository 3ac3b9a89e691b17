-- Where an announcement goes, so that what is due elsewhere is found although hundreds for one slow receiver are due first.
-- Addresses stand as the gateway's parser writes them: `scheme://host[:port]/path`.

-- `https://example.org:8443`.
ALTER TABLE webhooks ADD COLUMN receiver TEXT GENERATED ALWAYS AS (
    substr(url, 1, instr(url, '://') + 1 + instr(substr(url, instr(url, '://') + 3) || '/', '/'))
) VIRTUAL;
-- `example.org`, or `[::1]`.
ALTER TABLE webhooks ADD COLUMN host TEXT GENERATED ALWAYS AS (
    CASE WHEN instr(receiver, '://[')
        THEN substr(receiver, instr(receiver, '://') + 3, instr(receiver, ']') - instr(receiver, '://') - 2)
        ELSE substr(receiver, instr(receiver, '://') + 3,
                    instr(substr(receiver, instr(receiver, '://') + 3) || ':', ':') - 1)
    END
) VIRTUAL;

-- Holds all that decides whose turn it is.
DROP INDEX webhooks_by_turn;
CREATE INDEX webhooks_by_turn ON webhooks (next_attempt_at, receiver, host, job_id) WHERE state = 'pending';

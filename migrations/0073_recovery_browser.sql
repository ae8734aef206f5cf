-- The SHA-256 hash of the token in the browser that may complete the recovery, '' in recoveries of earlier versions. Only
-- the mailed link gives a browser such a token.
ALTER TABLE recoveries ADD COLUMN browser_token_hash TEXT NOT NULL DEFAULT '';

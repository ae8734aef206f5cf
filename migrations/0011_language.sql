-- The language an account's holder is written to in: the one they last signed in with. Empty until
-- then, which is English.
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT '';

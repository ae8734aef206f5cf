-- Browser and system of the request, such as 'Firefox on Linux'; '' if unknown.
ALTER TABLE audit_events ADD COLUMN device TEXT NOT NULL DEFAULT '';

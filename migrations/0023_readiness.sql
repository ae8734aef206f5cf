-- One row, which GET /readyz updates to find out whether the database accepts writes.
CREATE TABLE readiness (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    written_at BIGINT NOT NULL
);

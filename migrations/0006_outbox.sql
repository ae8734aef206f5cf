-- What holders are to be told, written in the commit that changed something and sent afterwards:
-- one row a recipient (ENR-07).
CREATE TABLE outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    way        TEXT   NOT NULL CHECK (way IN ('mail', 'sms')),
    -- Personal data: '' as soon as the row is done with.
    recipient  TEXT   NOT NULL,
    -- Which notice, as JSON; the words are made when it is sent.
    notice     TEXT   NOT NULL,
    -- Tries begun. Whoever ends one names it, so that a claim that lapsed ends nothing.
    tries      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Nobody takes the row before; a claim moves it on by as long as the claim holds.
    due_at     BIGINT NOT NULL,
    -- 0 while it waits.
    done_at    BIGINT NOT NULL,
    -- '' while it waits, then what came of it.
    outcome    TEXT   NOT NULL
);
CREATE INDEX outbox_due ON outbox (done_at, due_at);

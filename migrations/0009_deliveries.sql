-- What providers told of their messages, once each: the second insert of an event's id does
-- nothing, and a flow's delivery status is read off these rows, so that no order of arrival and no
-- number of copies makes a difference (HOOK-03). Neither number nor text nor code is here
-- (HOOK-06).
CREATE TABLE deliveries (
    provider     TEXT   NOT NULL,
    -- The provider's id of the event.
    event        TEXT   NOT NULL,
    -- The provider's id of the verification; it may be nobody's, or become known a moment later.
    verification TEXT   NOT NULL,
    -- 'sent', 'undelivered' or 'delivered'.
    status       TEXT   NOT NULL,
    received_at  BIGINT NOT NULL,
    PRIMARY KEY (provider, event)
);
CREATE INDEX deliveries_verification ON deliveries (verification);
CREATE INDEX deliveries_received_at ON deliveries (received_at);

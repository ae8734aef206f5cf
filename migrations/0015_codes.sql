-- Codes that may be alive at the provider, each the one flow's it was made for, whether or not that
-- flow is over. A provider that sends a number the same code again must not thereby give one
-- flow's code to another (OTP-02, OTP-03, PAY-02).
CREATE TABLE codes (
    -- The provider's name of it.
    verification TEXT   NOT NULL PRIMARY KEY,
    service      TEXT   NOT NULL,
    phone        TEXT   NOT NULL,
    flow_id      TEXT   NOT NULL,
    made_at      BIGINT NOT NULL
);
CREATE INDEX codes_phone ON codes (phone, service);
CREATE INDEX codes_made_at ON codes (made_at);

-- When the processor was last asked by others than whoever confirmed it; 0 until then. Whoever was
-- asked in vain goes to the back of the queue.
ALTER TABLE payments ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;

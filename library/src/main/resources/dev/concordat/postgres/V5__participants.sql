-- Concordat, schema version 5: participants.

-- What was answered to a command, by its idempotency key. A row without a type is claimed by a
-- transaction that has not ended.
CREATE TABLE ${schema}.reply (
  participant   text        COLLATE "C" NOT NULL,
  key           text        COLLATE "C" NOT NULL,
  compensating  boolean     NOT NULL,
  type          text        COLLATE "C",
  refusal       text,
  headers       text,
  payload       bytea,
  attempt       int,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (participant, key, compensating)
);

CREATE INDEX reply_at ON ${schema}.reply USING brin (at);

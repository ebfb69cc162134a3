-- Concordat, schema version 7: reservations.

-- One row per call to an outside system that moves something: by its idempotency key evidence finds
-- the instance it is about. Written in the transaction that holds, so before anything is sent.
CREATE TABLE ${schema}.hold (
  instance    bigint      PRIMARY KEY,
  provider    text        COLLATE "C" NOT NULL,
  key         text        COLLATE "C" NOT NULL,
  minor       bigint      NOT NULL,
  currency    text        COLLATE "C" NOT NULL,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled     boolean     NOT NULL DEFAULT false
) WITH (vacuum_truncate = off);

-- Some empty pages, so that plans made while the table is small use the index, as in version 1.
INSERT INTO ${schema}.hold (instance, provider, key, minor, currency)
  SELECT -n, '', repeat('-', 40) || n, 0, '' FROM generate_series(1, 8000) n;
DELETE FROM ${schema}.hold;

CREATE UNIQUE INDEX hold_key ON ${schema}.hold (provider, key);
CREATE INDEX hold_open ON ${schema}.hold (instance) WHERE NOT settled;

-- Evidence about a key that no instance has: a charge without an intent, for example.
CREATE TABLE ${schema}.stray (
  no           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider     text        COLLATE "C" NOT NULL,
  key          text        COLLATE "C" NOT NULL,
  source       text        COLLATE "C" NOT NULL,
  event        text        COLLATE "C" NOT NULL,
  evidence     text        NOT NULL,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  acknowledged text,
  UNIQUE (provider, key, source, event)
);

CREATE INDEX stray_open ON ${schema}.stray (no) WHERE acknowledged IS NULL;

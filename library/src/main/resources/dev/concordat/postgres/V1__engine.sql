-- Concordat, schema version 1: the engine.

CREATE SEQUENCE ${schema}.instance_no INCREMENT BY 1000;

-- One row per instance: what is searched and claimed. The journal is the truth.
CREATE TABLE ${schema}.instance (
  no          bigint      PRIMARY KEY,
  id          text        COLLATE "C" NOT NULL UNIQUE,
  uid         uuid        NOT NULL,
  definition  text        COLLATE "C" NOT NULL,
  version     int         NOT NULL,
  status      text        COLLATE "C" NOT NULL,
  paused      boolean     NOT NULL DEFAULT false,
  token       bigint      NOT NULL,
  owner       bigint,
  due         timestamptz,
  mail        int         NOT NULL DEFAULT 0,
  input_hash  text        COLLATE "C" NOT NULL,
  attributes  jsonb,
  parent      bigint,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (vacuum_truncate = off);

-- A prepared statement keeps the plan it got while its table was small until the table is next
-- analyzed, and a table of a few pages is cheapest read whole. So the two tables that every step
-- looks up begin with some 200 empty pages: for those an index is always the cheaper way.
INSERT INTO ${schema}.instance (no, id, uid, definition, version, status, token, input_hash)
  SELECT -n, n, '00000000-0000-0000-0000-000000000000', repeat('-', 100), 0, 'COMPLETED', 0, ''
    FROM generate_series(1, 8000) n;
DELETE FROM ${schema}.instance;

-- Partial, so that instances that have ended cost nothing. One index for what is held and what is
-- unfinished, because every write opens all indexes, whether it enters them or not; and one for what
-- is due, by definition, so that what no worker here can run is not looked at again and again.
CREATE INDEX instance_due ON ${schema}.instance ((definition || '@' || version::text), due)
  WHERE owner IS NULL AND due IS NOT NULL;
CREATE INDEX instance_open ON ${schema}.instance (owner)
  WHERE owner IS NOT NULL OR due IS NOT NULL OR status NOT IN ('COMPLETED', 'COMPENSATED');
CREATE INDEX instance_parent ON ${schema}.instance (parent) WHERE parent IS NOT NULL;
CREATE INDEX instance_attributes ON ${schema}.instance USING gin (attributes jsonb_path_ops)
  WHERE attributes IS NOT NULL;

-- Append-only. No foreign key: it would lock the instance's row at every step, and the token check
-- of every insert looks that row up anyway.
CREATE TABLE ${schema}.journal (
  instance    bigint      NOT NULL,
  position    int         NOT NULL,
  token       bigint      NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  events      text        NOT NULL,
  PRIMARY KEY (instance, position)
) WITH (vacuum_truncate = off);

INSERT INTO ${schema}.journal (instance, position, token, events)
  SELECT -n, 0, 0, repeat('-', 120) FROM generate_series(1, 8000) n;
DELETE FROM ${schema}.journal;

CREATE TABLE ${schema}.worker (
  no          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lease_until timestamptz NOT NULL,
  definitions text[]      NOT NULL
);

-- What people and other instances ask of an instance.
CREATE TABLE ${schema}.letter (
  instance    bigint      NOT NULL,
  no          int         NOT NULL,
  kind        text        COLLATE "C" NOT NULL,
  body        text        NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken       boolean     NOT NULL DEFAULT false,
  accepted    boolean,
  answer      text,
  PRIMARY KEY (instance, no)
);

CREATE INDEX letter_waiting ON ${schema}.letter (instance, no) WHERE NOT taken;

-- Concordat, try/confirm/cancel: the fence that a participant needs, in its own database. It stands
-- by itself: services in other languages may use it, too.

CREATE SCHEMA IF NOT EXISTS ${schema};

-- A row for each branch of a transaction that was ever asked about, written in the transaction that
-- does the business. The id is a UUID of version 7, whose order is that of time, so a part of the
-- table has the transactions of one day (UTC), and is dropped as a whole.
--   hash: SHA-256 of the body; held: what the try answered; result: what the confirm or cancel did
--   attempt, busy_until: only for effects outside the database: who is at it, and until when
--   hold_until, body: only for what is given back by itself when its time is over
CREATE TABLE ${schema}.tcc_fence (
  transaction  uuid        NOT NULL,
  branch       text        COLLATE "C" NOT NULL,
  state        text        COLLATE "C" NOT NULL CHECK (state IN (
    'STARTED', 'TRIED', 'REFUSED', 'CONFIRMING', 'CONFIRMED', 'CANCELLING', 'CANCELLED',
    'EXPIRING', 'EXPIRED')),
  hash         bytea       NOT NULL,
  attempt      int         NOT NULL DEFAULT 1,
  held         json,
  result       json,
  reason       text,
  busy_until   timestamptz,
  hold_until   timestamptz,
  body         text,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (transaction, branch)
) PARTITION BY RANGE (transaction);

-- Says nothing of the state, so that most changes of it touch no index.
CREATE INDEX tcc_fence_hold ON ${schema}.tcc_fence (hold_until) WHERE hold_until IS NOT NULL;

-- No part is made of days before this one again: what was in them is forgotten.
CREATE TABLE ${schema}.tcc_fence_horizon (
  low  date NOT NULL
);
INSERT INTO ${schema}.tcc_fence_horizon VALUES ('-infinity');

-- The least id of a transaction that began at that time.
CREATE FUNCTION ${schema}.tcc_fence_bound(t timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

CREATE FUNCTION ${schema}.tcc_fence_has(part text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = '${schema}.tcc_fence'::regclass AND c.relname = part)
$$;

-- Makes the part of that day, unless it is there. What it says: 'there'; 'old', if what was in it is
-- forgotten, or would be; 'ahead', if that day is so far ahead that some clock must be wrong. It is
-- made first and attached then, which waits for nobody who reads the table.
CREATE FUNCTION ${schema}.tcc_fence_make(day date, keep interval)
RETURNS text LANGUAGE plpgsql AS $make$
DECLARE
  part text := 'tcc_fence_' || to_char(day, 'YYYYMMDD');
  first timestamptz := day::timestamp AT TIME ZONE 'UTC';
  past timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock('${schema}.tcc_fence'::regclass::oid::bigint);
  IF ${schema}.tcc_fence_has(part) THEN
    RETURN 'there';
  END IF;
  IF first > clock_timestamp() + interval '7 days' THEN
    RETURN 'ahead';
  END IF;
  IF past <= clock_timestamp() - keep OR day < (SELECT low FROM ${schema}.tcc_fence_horizon) THEN
    RETURN 'old';
  END IF;
  EXECUTE format('CREATE TABLE ${schema}.%I (LIKE ${schema}.tcc_fence INCLUDING ALL)'
    || ' WITH (fillfactor = 60)', part);
  EXECUTE format('ALTER TABLE ${schema}.tcc_fence ATTACH PARTITION ${schema}.%I'
    || ' FOR VALUES FROM (%L) TO (%L)',
    part, ${schema}.tcc_fence_bound(first), ${schema}.tcc_fence_bound(past));
  RETURN 'there';
END
$make$;

-- Drops the oldest part if all that is in it began longer ago than that, and says which. One in
-- which something is still held stays ("kept"), and the next is looked at. Nothing is left: null.
CREATE FUNCTION ${schema}.tcc_fence_drop(keep interval, after text)
RETURNS TABLE (part text, kept boolean) LANGUAGE plpgsql
SET lock_timeout = '500ms' AS $drop$
DECLARE
  day date;
BEGIN
  PERFORM pg_advisory_xact_lock('${schema}.tcc_fence'::regclass::oid::bigint);
  SELECT c.relname INTO part
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = '${schema}.tcc_fence'::regclass AND c.relname > after
   ORDER BY c.relname LIMIT 1;
  day := to_date(right(part, 8), 'YYYYMMDD');
  IF part IS NULL OR (day + 1)::timestamp AT TIME ZONE 'UTC' > clock_timestamp() - keep THEN
    RETURN;
  END IF;
  EXECUTE format('LOCK TABLE ${schema}.%I', part);
  EXECUTE format('SELECT EXISTS (SELECT FROM ${schema}.%I WHERE state NOT IN'
    || ' (''REFUSED'', ''CONFIRMED'', ''CANCELLED'', ''EXPIRED''))', part) INTO kept;
  IF NOT kept THEN
    UPDATE ${schema}.tcc_fence_horizon SET low = greatest(low, day + 1);
    EXECUTE format('DROP TABLE ${schema}.%I', part);
  END IF;
  RETURN NEXT;
END
$drop$;

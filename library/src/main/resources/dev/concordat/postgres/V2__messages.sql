-- Concordat, schema version 2: messages.

-- One order for everything that is published: messages now, events of streams later. No cache, so
-- that a number drawn later is higher.
CREATE SEQUENCE ${schema}.position;

-- A row is in the part of the table that its position falls into, and a part is emptied as a whole
-- once every relay is past it. Nothing changes a row but a move to another cluster (move_house).
-- The transaction has its number before the row draws its position: the low mark of ticks rests on
-- that.
CREATE TABLE ${schema}.outbox (
  position    bigint      NOT NULL DEFAULT nextval(
    CASE WHEN pg_current_xact_id() IS NOT NULL THEN '${schema}.position'::regclass END),
  xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  id          uuid        NOT NULL,
  topic       text        COLLATE "C" NOT NULL,
  key         text        COLLATE "C",
  lane        int         NOT NULL,
  type        text        COLLATE "C" NOT NULL,
  headers     text,
  payload     bytea       NOT NULL,
  not_before  timestamptz
) PARTITION BY LIST (((position >> 20) & 7));

CREATE TABLE ${schema}.outbox_0 PARTITION OF ${schema}.outbox FOR VALUES IN (0);
CREATE TABLE ${schema}.outbox_1 PARTITION OF ${schema}.outbox FOR VALUES IN (1);
CREATE TABLE ${schema}.outbox_2 PARTITION OF ${schema}.outbox FOR VALUES IN (2);
CREATE TABLE ${schema}.outbox_3 PARTITION OF ${schema}.outbox FOR VALUES IN (3);
CREATE TABLE ${schema}.outbox_4 PARTITION OF ${schema}.outbox FOR VALUES IN (4);
CREATE TABLE ${schema}.outbox_5 PARTITION OF ${schema}.outbox FOR VALUES IN (5);
CREATE TABLE ${schema}.outbox_6 PARTITION OF ${schema}.outbox FOR VALUES IN (6);
CREATE TABLE ${schema}.outbox_7 PARTITION OF ${schema}.outbox FOR VALUES IN (7);

CREATE INDEX outbox_position ON ${schema}.outbox (position);
CREATE INDEX outbox_xid ON ${schema}.outbox (xid);

-- What could be seen at a moment. Between two ticks lies what became visible from one to the next,
-- whatever the numbers of the transactions are.
--   low: the last position drawn before the tick
--   fence: the number of the tick's own transaction, given after low was read; whoever has a higher
--     one has drawn its positions later, so they are above low
--   high: nothing visible in the snapshot has a position above this one
--   system: the cluster whose transaction numbers these are
CREATE TABLE ${schema}.tick (
  no        bigint      PRIMARY KEY,
  snapshot  pg_snapshot NOT NULL,
  low       bigint      NOT NULL,
  fence     xid8        NOT NULL,
  high      bigint      NOT NULL,
  system    bigint      NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who relays what, and how far: everything that tick from_tick shows, and of what tick to_tick shows
-- everything up to the position. The lease is renewed with every checkpoint, and every checkpoint is
-- refused unless the epoch is that of the last claim.
CREATE TABLE ${schema}.relay (
  name        text        COLLATE "C" NOT NULL,
  lane        int         NOT NULL,
  lanes       int         NOT NULL,
  epoch       bigint      NOT NULL DEFAULT 0,
  from_tick   bigint      NOT NULL DEFAULT 0,
  to_tick     bigint      NOT NULL DEFAULT 0,
  position    bigint      NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (name, lane)
) WITH (fillfactor = 50);

CREATE FUNCTION ${schema}.last_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${schema}.position
$$;

-- The transactions that may have been open at that tick with positions up to its low mark. Some are
-- not in the list of its snapshot, which ends at the last one that had completed.
CREATE FUNCTION ${schema}.open_at(t ${schema}.tick) RETURNS SETOF xid8 LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_snapshot_xip(t.snapshot)
  UNION ALL
  SELECT x::text::xid8
    FROM generate_series(
      pg_snapshot_xmax(t.snapshot)::text::bigint, t.fence::text::bigint) x
$$;

-- Whether something may have become visible since that tick: a position was drawn, or a transaction
-- that was open then has committed and had published. Compared with the low mark, not the high one:
-- between the fence and the high mark a transaction may have drawn a position whose number nobody
-- noted. So the last message costs one tick more.
CREATE FUNCTION ${schema}.is_stale(t ${schema}.tick) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT ${schema}.last_position() > t.low
      OR EXISTS (SELECT 1 FROM ${schema}.open_at(t) x
                  WHERE pg_visible_in_snapshot(x, pg_current_snapshot())
                    AND EXISTS (SELECT 1 FROM ${schema}.outbox o WHERE o.xid = x))
$$;

-- In another cluster, restored from a dump or fed by logical replication, the numbers of
-- transactions begin anew, and those in the rows mean nothing any more. Replication does not carry
-- the sequence over: what drew a low position meanwhile is lifted above all that came along; that
-- are the rows whose number is that of the transaction that wrote them here. What
-- is left to be relayed gets the number 3, the first that a transaction can have, which every
-- snapshot shows: the number of this transaction would not do, since a snapshot does not list its
-- own. Every lane is claimed anew and begins at the beginning; a relay that still reads from one of
-- the old ticks finds it gone. A message that some relays had and others had not comes to all of
-- them once more.
CREATE FUNCTION ${schema}.move_house() RETURNS void LANGUAGE plpgsql AS $move$
DECLARE
  drawn bigint := ${schema}.last_position();
  known bigint := (SELECT greatest((SELECT max(high) FROM ${schema}.tick),
                                   (SELECT max(position) FROM ${schema}.outbox),
                                   (SELECT max(position) FROM ${schema}.parked)));
BEGIN
  IF drawn < known THEN
    PERFORM setval('${schema}.position', known);
    UPDATE ${schema}.outbox o SET position = lifted.position FROM (
      SELECT part, place, nextval('${schema}.position') AS position FROM (
        SELECT l.tableoid AS part, l.ctid AS place FROM ${schema}.outbox l
         WHERE l.position <= drawn AND l.xid::xid = l.xmin
         ORDER BY l.position) low) lifted
     WHERE o.tableoid = lifted.part AND o.ctid = lifted.place;
  END IF;
  DELETE FROM ${schema}.outbox o
   WHERE EXISTS (SELECT 1 FROM ${schema}.relay)
     AND NOT EXISTS (
       SELECT 1 FROM ${schema}.relay r
         LEFT JOIN ${schema}.tick f ON f.no = r.from_tick
         LEFT JOIN ${schema}.tick t ON t.no = r.to_tick
        WHERE o.lane % r.lanes = r.lane
          AND NOT coalesce(o.position <= f.high
                           AND pg_visible_in_snapshot(o.xid, f.snapshot), false)
          AND NOT coalesce(o.position <= least(r.position, t.high)
                           AND pg_visible_in_snapshot(o.xid, t.snapshot), false));
  UPDATE ${schema}.outbox SET xid = '3';
  UPDATE ${schema}.relay SET from_tick = 0, to_tick = 0, position = 0,
         epoch = epoch + 1, lease_until = '-infinity';
  DELETE FROM ${schema}.tick;
END
$move$;

-- The newest tick, a new one if anything that is published may have become visible since. Each
-- statement of it has a snapshot of its own (READ COMMITTED), on which the order of the reads rests.
-- Its commit is flushed even where others are not, and with it everything its snapshot shows: what is
-- relayed cannot be lost by a crash.
CREATE FUNCTION ${schema}.next_tick() RETURNS ${schema}.tick LANGUAGE plpgsql AS $tick$
DECLARE
  here   bigint := (SELECT system_identifier FROM pg_control_system());
  newest ${schema}.tick;
  made   ${schema}.tick;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a tick is made in READ COMMITTED, not in %', current_setting('transaction_isolation');
  END IF;
  SELECT * INTO newest FROM ${schema}.tick ORDER BY no DESC LIMIT 1;
  IF FOUND AND newest.system = here AND NOT ${schema}.is_stale(newest) THEN
    RETURN newest;
  END IF;
  PERFORM pg_advisory_xact_lock('${schema}.tick'::regclass::oid::bigint);
  SELECT * INTO made FROM ${schema}.tick ORDER BY no DESC LIMIT 1;
  IF made.no > coalesce(newest.no, 0) THEN
    RETURN made;
  END IF;
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  IF newest.system <> here THEN
    PERFORM ${schema}.move_house();
  END IF;
  made.no := coalesce(newest.no, 0) + 1;
  made.low := ${schema}.last_position();
  made.fence := pg_current_xact_id();
  made.snapshot := pg_current_snapshot();
  made.high := ${schema}.last_position();
  made.system := here;
  made.at := clock_timestamp();
  INSERT INTO ${schema}.tick SELECT made.*;
  RETURN made;
END
$tick$;

-- What a relay could not deliver, or not yet: copied here, so that the rest can go on. Messages of
-- one key wait behind its first.
CREATE TABLE ${schema}.parked (
  relay       text        COLLATE "C" NOT NULL,
  position    bigint      NOT NULL,
  lane        int         NOT NULL,
  state       text        COLLATE "C" NOT NULL,
  reason      text,
  attempts    int         NOT NULL DEFAULT 0,
  due         timestamptz,
  parked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  at          timestamptz NOT NULL,
  id          uuid        NOT NULL,
  topic       text        COLLATE "C" NOT NULL,
  key         text        COLLATE "C",
  type        text        COLLATE "C" NOT NULL,
  headers     text,
  payload     bytea       NOT NULL,
  not_before  timestamptz,
  PRIMARY KEY (relay, position)
);

CREATE INDEX parked_due ON ${schema}.parked (relay, lane, due) WHERE due IS NOT NULL;
CREATE INDEX parked_key ON ${schema}.parked (relay, lane, topic, key) WHERE key IS NOT NULL;

-- Which messages a consumer has handled, in the transaction that handled them.
CREATE TABLE ${schema}.inbox (
  consumer    text        COLLATE "C" NOT NULL,
  message     text        COLLATE "C" NOT NULL,
  hash        bytea       NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, message)
);

CREATE INDEX inbox_at ON ${schema}.inbox USING brin (at);

-- What became visible from one tick to the next, in the order of positions. What was open at the
-- first tick and lies at or below its low mark comes first; above it, all is read in one go. The
-- settings keep the planner from reading the table whole while it has no statistics.
CREATE FUNCTION ${schema}.page(
  from_tick bigint, to_tick bigint, after bigint, most int, of_lane int, of_lanes int)
RETURNS SETOF ${schema}.outbox LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $page$
DECLARE
  prev ${schema}.tick;
  cur  ${schema}.tick;
  late xid8[];
  found_late int := 0;
BEGIN
  SELECT * INTO prev FROM ${schema}.tick WHERE no = from_tick;
  SELECT * INTO STRICT cur FROM ${schema}.tick WHERE no = to_tick;
  IF from_tick = 0 THEN
    RETURN QUERY SELECT * FROM ${schema}.outbox o
      WHERE o.position > after AND o.position <= cur.high
        AND pg_visible_in_snapshot(o.xid, cur.snapshot) AND o.lane % of_lanes = of_lane
      ORDER BY o.position LIMIT most;
    RETURN;
  END IF;
  IF prev.no IS NULL THEN
    RAISE EXCEPTION 'tick % is gone, up to which a relay had read', from_tick;
  END IF;
  IF after < prev.low THEN
    SELECT array_agg(x) INTO late FROM ${schema}.open_at(prev) x
      WHERE pg_visible_in_snapshot(x, cur.snapshot);
    RETURN QUERY SELECT * FROM (
        SELECT * FROM ${schema}.outbox l WHERE l.xid = ANY (late) OFFSET 0) o
      WHERE o.position > after AND o.position <= prev.low AND o.lane % of_lanes = of_lane
      ORDER BY o.position LIMIT most;
    GET DIAGNOSTICS found_late = ROW_COUNT;
  END IF;
  RETURN QUERY SELECT * FROM ${schema}.outbox o
    WHERE o.position > greatest(after, prev.low) AND o.position <= cur.high
      AND pg_visible_in_snapshot(o.xid, cur.snapshot)
      AND NOT pg_visible_in_snapshot(o.xid, prev.snapshot)
      AND o.lane % of_lanes = of_lane
    ORDER BY o.position LIMIT most - found_late;
END
$page$;

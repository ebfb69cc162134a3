-- Concordat, schema version 3: consumers.

-- Who handles messages, and whether by ids (in the inbox) or by offsets (in consumer_lane).
CREATE TABLE ${schema}.consumer (
  name          text        COLLATE "C" PRIMARY KEY,
  keeps_offsets boolean     NOT NULL
);

-- How long it is remembered what was handled, answered and done in flows: the longest that any
-- process asked for, so that none forgets what another counts on.
CREATE TABLE ${schema}.memory (
  one  boolean  PRIMARY KEY DEFAULT true CHECK (one),
  ms   bigint   NOT NULL
);

-- How far a consumer is in a lane, which is for instance a partition of a topic. Advanced in the
-- transaction that handles, and only under the epoch of the last claim.
CREATE TABLE ${schema}.consumer_lane (
  consumer  text    COLLATE "C" NOT NULL,
  lane      text    COLLATE "C" NOT NULL,
  epoch     bigint  NOT NULL,
  next      bigint,
  PRIMARY KEY (consumer, lane)
) WITH (fillfactor = 50);

-- What a consumer could not handle yet, so that the rest can go on and the broker can forget it.
-- Messages of one key wait behind the first of them.
CREATE TABLE ${schema}.unhandled (
  no        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer  text        COLLATE "C" NOT NULL,
  state     text        COLLATE "C" NOT NULL,
  reason    text,
  attempts  int         NOT NULL,
  due       timestamptz,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  message   text        COLLATE "C" NOT NULL,
  hash      bytea       NOT NULL,
  topic     text        COLLATE "C" NOT NULL,
  key       text        COLLATE "C",
  type      text        COLLATE "C" NOT NULL,
  headers   text,
  payload   bytea       NOT NULL,
  UNIQUE (consumer, message, hash)
);

CREATE INDEX unhandled_due ON ${schema}.unhandled (consumer, due) WHERE due IS NOT NULL;
-- By a hash, for a key may be longer than an index takes.
CREATE INDEX unhandled_key ON ${schema}.unhandled (consumer, topic, hashtextextended(key, 0), no)
  WHERE key IS NOT NULL;
CREATE INDEX unhandled_dead ON ${schema}.unhandled (consumer, no) WHERE state = 'DEAD';

-- Held while the queue of a key changes at its end or its head, so that nobody joins a queue that
-- just ended, or ends one that somebody just joined.
CREATE FUNCTION ${schema}.lock_queue(of_consumer text, of_topic text, of_key text)
RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(
    hashtextextended('${schema}.unhandled', 0) # hashtextextended(of_consumer, 1)
      # hashtextextended(of_topic, 2) # hashtextextended(of_key, 3))
   WHERE of_key IS NOT NULL
$$;

-- Whether it is parked now. One that was to wait behind others is not, if they are gone. Each
-- statement has a snapshot of its own (READ COMMITTED), so what follows the lock sees what the one
-- who held it did.
CREATE FUNCTION ${schema}.park(
  of_consumer text, as_state text, why text, wait_ms bigint, of_message text, of_hash bytea,
  of_topic text, of_key text, of_type text, of_headers text, of_payload bytea)
RETURNS boolean LANGUAGE plpgsql AS $park$
DECLARE
  behind boolean;
BEGIN
  PERFORM ${schema}.lock_queue(of_consumer, of_topic, of_key);
  behind := EXISTS (SELECT 1 FROM ${schema}.unhandled u
                     WHERE u.consumer = of_consumer AND u.topic = of_topic
                       AND hashtextextended(u.key, 0) = hashtextextended(of_key, 0)
                       AND u.key = of_key
                       AND NOT (u.message = of_message AND u.hash = of_hash));
  IF as_state = 'BEHIND' AND NOT behind THEN
    RETURN EXISTS (SELECT 1 FROM ${schema}.unhandled u WHERE u.consumer = of_consumer
                      AND u.message = of_message AND u.hash = of_hash);
  END IF;
  INSERT INTO ${schema}.unhandled
    (consumer, state, reason, attempts, due, message, hash, topic, key, type, headers, payload)
  VALUES
    (of_consumer, CASE WHEN behind THEN 'BEHIND' ELSE as_state END, why,
     CASE WHEN as_state = 'BEHIND' THEN 0 ELSE 1 END,
     CASE WHEN NOT behind THEN clock_timestamp() + wait_ms * interval '1 millisecond' END,
     of_message, of_hash, of_topic, of_key, of_type, of_headers, of_payload)
  ON CONFLICT (consumer, message, hash) DO NOTHING;
  RETURN true;
END
$park$;

CREATE FUNCTION ${schema}.settle(of_no bigint) RETURNS void LANGUAGE plpgsql AS $settle$
DECLARE
  gone ${schema}.unhandled;
BEGIN
  SELECT * INTO gone FROM ${schema}.unhandled WHERE no = of_no;
  PERFORM ${schema}.lock_queue(gone.consumer, gone.topic, gone.key);
  DELETE FROM ${schema}.unhandled WHERE no = of_no;
  UPDATE ${schema}.unhandled SET due = clock_timestamp()
   WHERE no = (SELECT min(u.no) FROM ${schema}.unhandled u WHERE u.consumer = gone.consumer
                  AND u.topic = gone.topic AND u.key = gone.key
                  AND hashtextextended(u.key, 0) = hashtextextended(gone.key, 0))
     AND state = 'BEHIND';
END
$settle$;

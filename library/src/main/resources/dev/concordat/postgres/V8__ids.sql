-- Concordat, schema version 8: one id of a two-phase commit commits once in each database.

-- One row for each id that a branch here was prepared or decided under, written with that branch:
-- it goes if the branch is rolled back. Who comes second waits for the first to end, prepared or
-- not, and sees what it did whatever snapshot it has. A table of its own, for a new column would
-- wait for every branch that is prepared, and whoever ends those may be waiting for this script.
-- It counts until it is cleaned away, some time after "until": if the database that decides is away
-- for long, the row is seen late, and its decision is remembered from then on.
CREATE TABLE ${schema}.taken (
  id          text        COLLATE "C" PRIMARY KEY,
  until       timestamptz NOT NULL
);

CREATE INDEX taken_until ON ${schema}.taken (until);

-- What is old is found at once, also where its place was used again since.
CREATE INDEX decision_settled ON ${schema}.decision (at) WHERE settled;

-- The same for branches, unless one stays prepared: see above. Then what is there serves on.
DO $index$
DECLARE
  before text := current_setting('lock_timeout');
BEGIN
  PERFORM set_config('lock_timeout', '2s', true);
  LOCK TABLE ${schema}.branch IN ACCESS EXCLUSIVE MODE;
  CREATE INDEX branch_since ON ${schema}.branch (at);
  DROP INDEX ${schema}.branch_at;
  DROP INDEX ${schema}.decision_at;
  PERFORM set_config('lock_timeout', before, true);
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RAISE NOTICE 'a branch is prepared: old branches are found by a summary, which is slower';
END
$index$;

-- Takes an id for as long as decisions are remembered. Not where an attempt of it has committed.
CREATE FUNCTION ${schema}.take_id(of_id text, remembered interval) RETURNS void LANGUAGE plpgsql AS $take$
BEGIN
  INSERT INTO ${schema}.taken (id, until)
    SELECT of_id, clock_timestamp() + remembered WHERE NOT EXISTS (
      SELECT FROM ${schema}.decision d WHERE d.id = of_id AND d.attempt IS NOT NULL)
    ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    RAISE division_by_zero;
  END IF;
END
$take$;

-- Writes a branch's row, in the same message as its PREPARE, whose name makes that message a new one
-- each time: here the plans are kept.
CREATE FUNCTION ${schema}.mark_branch(of_attempt bigint, of_id text, remembered interval)
RETURNS void LANGUAGE plpgsql AS $mark$
BEGIN
  PERFORM ${schema}.take_id(of_id, remembered);
  INSERT INTO ${schema}.branch (attempt) VALUES (of_attempt);
END
$mark$;

-- For processes of an older version that still run.
CREATE OR REPLACE FUNCTION ${schema}.mark_branch(of_attempt bigint, of_id text)
RETURNS void LANGUAGE plpgsql AS $mark$
BEGIN
  PERFORM ${schema}.mark_branch(of_attempt, of_id, interval '14 days');
END
$mark$;

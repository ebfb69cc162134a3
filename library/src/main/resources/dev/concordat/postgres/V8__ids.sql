-- Concordat, schema version 8: one id of a two-phase commit commits once in each database.

-- One row for each id that a branch here was prepared or decided under, written with that branch:
-- it goes if the branch is rolled back. Who comes second waits for the first to end, prepared or
-- not, and sees what it did whatever snapshot it has. A table of its own, for a new column would
-- wait for every branch that is prepared, and whoever ends those may be waiting for this script.
CREATE TABLE ${schema}.taken (
  id          text        COLLATE "C" PRIMARY KEY,
  until       timestamptz NOT NULL
);

CREATE INDEX taken_until ON ${schema}.taken USING brin (until);

-- Takes an id for as long as decisions are remembered. Not where an attempt of it has committed.
CREATE FUNCTION ${schema}.take_id(of_id text, remembered interval) RETURNS void LANGUAGE plpgsql AS $take$
BEGIN
  INSERT INTO ${schema}.taken AS t (id, until)
    SELECT of_id, clock_timestamp() + remembered WHERE NOT EXISTS (
      SELECT FROM ${schema}.decision d WHERE d.id = of_id AND d.attempt IS NOT NULL)
    ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE t.until < clock_timestamp();
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

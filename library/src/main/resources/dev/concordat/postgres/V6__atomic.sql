-- Concordat, schema version 6: two-phase commit. These tables are in every database that takes part.

-- What marks this database among those that applications call by the same name.
CREATE TABLE ${schema}.place (
  single      boolean     PRIMARY KEY DEFAULT true CHECK (single),
  mark        text        COLLATE "C" NOT NULL
);

INSERT INTO ${schema}.place (mark) VALUES (substr(md5(gen_random_uuid()::text), 1, 8));

-- One row per branch, written just before PREPARE. It is visible if and only if the branch committed,
-- so a prepared transaction that is gone is known to have been committed, or not.
CREATE TABLE ${schema}.branch (
  attempt     bigint      PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX branch_at ON ${schema}.branch USING brin (at);

-- One row per transaction decided here, written once for each attempt: by the COMMIT of the branch
-- that decides, or by whoever made sure that an attempt never commits.
CREATE TABLE ${schema}.decision (
  id          text        COLLATE "C" PRIMARY KEY,
  name        text        COLLATE "C" NOT NULL,
  attempt     text        COLLATE "C",
  fenced      text[]      NOT NULL DEFAULT '{}',
  branches    text[]      NOT NULL DEFAULT '{}',
  receipt     text,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled     boolean     NOT NULL
);

CREATE INDEX decision_open ON ${schema}.decision (at) WHERE NOT settled;
CREATE INDEX decision_at ON ${schema}.decision USING brin (at);

-- Writes a branch's row, in the same message as its PREPARE, whose name makes that message a new one
-- each time: here the plans are kept. Not where an earlier attempt of that id has committed.
CREATE FUNCTION ${schema}.mark_branch(of_attempt bigint, of_id text) RETURNS void LANGUAGE plpgsql AS $mark$
BEGIN
  INSERT INTO ${schema}.branch (attempt)
    SELECT of_attempt WHERE NOT EXISTS (
      SELECT FROM ${schema}.decision d WHERE d.id = of_id AND d.attempt IS NOT NULL);
  IF NOT FOUND THEN
    RAISE division_by_zero;
  END IF;
END
$mark$;

-- Branches that did not do what was decided.
CREATE TABLE ${schema}.heuristic (
  id            text        COLLATE "C" NOT NULL,
  branch        text        COLLATE "C" NOT NULL,
  kind          text        NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  acknowledged  text,
  PRIMARY KEY (id, branch)
);

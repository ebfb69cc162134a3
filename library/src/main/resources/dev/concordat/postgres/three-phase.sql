-- Concordat, three-phase commit: the one table that a participant needs, in its own database.

CREATE SCHEMA IF NOT EXISTS ${schema};

-- A row becomes final (COMMITTED or ABORTED) in the transaction that does, or gives up, the work.
-- Without a deadline nobody need look at it again. A row without a plan refuses a vote that comes
-- too late.
CREATE TABLE IF NOT EXISTS ${schema}.three_phase (
  gid          text        COLLATE "C" NOT NULL,
  participant  text        COLLATE "C" NOT NULL,
  state        text        COLLATE "C" NOT NULL,
  promised     bigint      NOT NULL,
  attempt      bigint      NOT NULL,
  coordinator  text        COLLATE "C" NOT NULL,
  reason       text        NOT NULL,
  plan         text        NOT NULL,
  work         text        NOT NULL,
  deadline     timestamptz,
  begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (gid, participant)
);

CREATE INDEX IF NOT EXISTS three_phase_deadline
  ON ${schema}.three_phase (participant, deadline) WHERE deadline IS NOT NULL;

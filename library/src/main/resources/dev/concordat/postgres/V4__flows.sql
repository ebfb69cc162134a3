-- Concordat, schema version 4: flows of events between services.

-- What a service did in a flow, noted in the transaction that did it: so that a compensation runs
-- once, and a step whose compensation came first does not run any more.
CREATE TABLE ${schema}.reaction (
  service   text        COLLATE "C" NOT NULL,
  flow      text        COLLATE "C" NOT NULL,
  step      text        COLLATE "C" NOT NULL,
  state     text        COLLATE "C" NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (service, flow, step)
);

CREATE INDEX reaction_at ON ${schema}.reaction USING brin (at);

-- A flow as the tracker knows it. The entries are the truth; this row is what is searched.
CREATE TABLE ${schema}.flow (
  id          text        COLLATE "C" PRIMARY KEY,
  name        text        COLLATE "C" NOT NULL,
  status      text        COLLATE "C" NOT NULL,
  entries     int         NOT NULL DEFAULT 0,
  due         timestamptz,
  begun_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX flow_due ON ${schema}.flow (due) WHERE due IS NOT NULL;
CREATE INDEX flow_recent ON ${schema}.flow (begun_at);

CREATE TABLE ${schema}.flow_entry (
  flow    text        COLLATE "C" NOT NULL,
  no      int         NOT NULL,
  entry   text        NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (flow, no)
);

-- What flows of a name declare, for those who look at them elsewhere than the tracker.
CREATE TABLE ${schema}.flow_declaration (
  name         text  COLLATE "C" PRIMARY KEY,
  declaration  text  NOT NULL
);

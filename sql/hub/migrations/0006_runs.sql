-- Runs of the agent that survive their process.
SET ROLE movie_hub_owner;

CREATE TABLE movie_hub_app.run_entries (
  run_id     text NOT NULL CHECK (run_id <> ''),
  position   integer NOT NULL CHECK (position >= 0),
  entry      text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, position)
);
COMMENT ON TABLE movie_hub_app.run_entries IS 'Runs of the agent, step by step. A run is its entries in the order of their positions, from 0 without a gap; two processes cannot add the same position. Entries are added, and removed with their run.';
COMMENT ON COLUMN movie_hub_app.run_entries.run_id IS 'The run; whoever began it chose the id. Never NULL.';
COMMENT ON COLUMN movie_hub_app.run_entries.position IS 'From 0 in each run. Never NULL.';
COMMENT ON COLUMN movie_hub_app.run_entries.written_at IS 'When the entry was added. Never NULL.';
COMMENT ON COLUMN movie_hub_app.run_entries.entry IS 'What happened, as JSON: the question, an answer of the model, a tool call and its result, a decision, the end. It holds what tools returned. Never NULL.';
GRANT SELECT, INSERT, DELETE ON movie_hub_app.run_entries TO movie_hub_accounts;

RESET ROLE;

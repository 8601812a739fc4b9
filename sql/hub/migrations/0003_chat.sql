-- At most one turn of a conversation runs, a process that is gone holds no conversation, and conversations can be deleted.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub_app.turns ADD COLUMN alive_until timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX turns_running ON movie_hub_app.turns (thread_id) WHERE stop_reason = 'running';
COMMENT ON COLUMN movie_hub_app.turns.alive_until IS 'While the turn runs: until when the process that answers it is taken to be there; it moves this on again and again. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.usage IS 'What it took, as a JSON object: model, turns, inputTokens (with those of the cache), outputTokens, cost, milliseconds. Empty: not known. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.stop_reason IS 'Why the run stopped: end_turn, max_turns, aborted, server_stopped, error and others; running until it has, and cut_off when its process was found gone. Never NULL.';

ALTER TABLE movie_hub_app.threads ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN movie_hub_app.threads.deleted_at IS 'When the user deleted it: what was said is gone, and what it took is kept for a day, because it counts. NULL: not deleted.';

RESET ROLE;

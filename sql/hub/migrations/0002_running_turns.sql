-- A turn is kept from its question on, sessions end when nobody uses them, and each call of a tool leaves a line.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub_app.turns
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN usage jsonb NOT NULL DEFAULT '{}';
UPDATE movie_hub_app.turns SET ended_at = created_at;
CREATE INDEX turns_created_at ON movie_hub_app.turns (created_at);
COMMENT ON COLUMN movie_hub_app.turns.created_at IS 'When the question was asked. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.ended_at IS 'When the answer ended. NULL: it is being answered, or the process that answered it is gone.';
COMMENT ON COLUMN movie_hub_app.turns.usage IS 'What it took, as a JSON object: turns, inputTokens, outputTokens, cost. Empty: not known. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.stop_reason IS 'Why the run stopped: end_turn, max_turns, aborted, error and others; running until it has. Never NULL.';

ALTER TABLE movie_hub_app.sessions ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN movie_hub_app.sessions.last_seen_at IS 'When the session was last used, to the minute. Never NULL.';

CREATE TABLE movie_hub_app.tool_calls (
  tool_call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  username text NOT NULL,
  server text NOT NULL,
  tool text NOT NULL,
  arguments jsonb NOT NULL,
  row_count integer,
  milliseconds integer NOT NULL,
  is_error boolean NOT NULL
);
CREATE INDEX tool_calls_username ON movie_hub_app.tool_calls (username, tool_call_id DESC);
COMMENT ON TABLE movie_hub_app.tool_calls IS 'Which tools the agent called, and for whom. Rows are only ever added.';
COMMENT ON COLUMN movie_hub_app.tool_calls.tool_call_id IS 'Number of the row; later calls have greater ones. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.at IS 'When the call was kept: at the end of its turn. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.username IS 'For whom; kept when the user is deleted, so not a foreign key. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.server IS 'The server of the tool. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.tool IS 'The server''s own name of the tool. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.arguments IS 'What the model gave, as a JSON object. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.row_count IS 'Rows of the result. NULL: it has none, or failed.';
COMMENT ON COLUMN movie_hub_app.tool_calls.milliseconds IS 'How long it took. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.is_error IS 'True when the model was told of a failure. Never NULL.';
GRANT SELECT, INSERT ON movie_hub_app.tool_calls TO movie_hub_accounts;

COMMENT ON COLUMN movie_hub_app.audit.action IS 'What was done, as subject.verb: title.create, title.edit, title.delete, person.create, cast.create, cast.delete, user.create, user.entitlements, user.password, user.disable, user.enable, user.sign_out. Never NULL.';

RESET ROLE;

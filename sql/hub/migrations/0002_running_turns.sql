-- A turn is stored when its question is asked, idle sessions expire, and each tool call is recorded.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub_app.turns
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN usage jsonb NOT NULL DEFAULT '{}';
UPDATE movie_hub_app.turns SET ended_at = created_at;
CREATE INDEX turns_created_at ON movie_hub_app.turns (created_at);
COMMENT ON COLUMN movie_hub_app.turns.created_at IS 'When the question was asked. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.ended_at IS 'When the answer ended. NULL: still running, or its process has ended.';
COMMENT ON COLUMN movie_hub_app.turns.usage IS 'Usage, as a JSON object: turns, inputTokens, outputTokens, cost. Empty: not known. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.stop_reason IS 'Why the run stopped: end_turn, max_turns, aborted, error and others; running until then. Never NULL.';

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
COMMENT ON TABLE movie_hub_app.tool_calls IS 'Tool calls of the agent. Rows are only added.';
COMMENT ON COLUMN movie_hub_app.tool_calls.tool_call_id IS 'Number of the row; later calls have greater ones. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.at IS 'When the call was stored: at the end of its turn. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.username IS 'The user; stays when the user is deleted, so no foreign key. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.server IS 'The MCP server of the tool. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.tool IS 'Name of the tool on its server. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.arguments IS 'Arguments from the model, as a JSON object. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.row_count IS 'Rows of the result. NULL: it has none, or failed.';
COMMENT ON COLUMN movie_hub_app.tool_calls.milliseconds IS 'Duration. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.is_error IS 'True when the result was an error. Never NULL.';
GRANT SELECT, INSERT ON movie_hub_app.tool_calls TO movie_hub_accounts;

COMMENT ON COLUMN movie_hub_app.audit.action IS 'The action, as subject.verb: title.create, title.edit, title.delete, person.create, cast.create, cast.delete, user.create, user.entitlements, user.password, user.disable, user.enable, user.sign_out. Never NULL.';

RESET ROLE;

-- Whoever changes something is an administrator until it is changed; and a tool call is noted before it is made.
SET ROLE movie_hub_owner;

-- Locks the actor, so that his account is not closed before the change is done: the editor cannot read the table of users.
CREATE FUNCTION movie_hub_app.may_act(actor text, action text, subject text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM movie_hub_app.users AS u
  WHERE u.username = may_act.actor AND u.disabled_at IS NULL
    AND (u.is_admin OR (may_act.action = 'user.password' AND may_act.subject = u.username))
  FOR SHARE;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION movie_hub_app.may_act IS 'Tells whether a user may do what an audit row says: as an open account that is an administrator, or for his own password.';
REVOKE ALL ON FUNCTION movie_hub_app.may_act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub_app.may_act TO movie_hub_editor, movie_hub_accounts;

DROP POLICY audit_accounts ON movie_hub_app.audit;
DROP POLICY audit_editor ON movie_hub_app.audit;
CREATE POLICY audit_read ON movie_hub_app.audit FOR SELECT TO movie_hub_accounts USING (true);
CREATE POLICY audit_accounts ON movie_hub_app.audit FOR INSERT TO movie_hub_accounts
  WITH CHECK (movie_hub_app.may_act(actor, action, subject));
CREATE POLICY audit_editor ON movie_hub_app.audit FOR INSERT TO movie_hub_editor
  WITH CHECK (actor = current_setting('movie_hub.principal', true) AND movie_hub_app.may_act(actor, action, subject));

CREATE INDEX audit_action ON movie_hub_app.audit (action, audit_id DESC);
CREATE INDEX tool_calls_tool ON movie_hub_app.tool_calls (tool, tool_call_id DESC);
CREATE INDEX tool_calls_server ON movie_hub_app.tool_calls (server, tool_call_id DESC);

ALTER TABLE movie_hub_app.tool_calls
  ALTER COLUMN milliseconds DROP NOT NULL,
  ALTER COLUMN is_error DROP NOT NULL;
GRANT UPDATE (row_count, milliseconds, is_error) ON movie_hub_app.tool_calls TO movie_hub_accounts;
COMMENT ON TABLE movie_hub_app.tool_calls IS 'Which tools the agent called, and for whom. A row is there before its call is made, and told once how it ended; none is deleted.';
COMMENT ON COLUMN movie_hub_app.tool_calls.at IS 'When the call began; of one that was refused before its tool, when its turn ended. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.row_count IS 'Rows of the result. NULL: it has none, failed, or has not ended.';
COMMENT ON COLUMN movie_hub_app.tool_calls.milliseconds IS 'How long it took. NULL: its turn has not ended, or the process that ran it is gone.';
COMMENT ON COLUMN movie_hub_app.tool_calls.is_error IS 'True when the model was told of a failure. NULL: its turn has not ended, or the process that ran it is gone.';

RESET ROLE;

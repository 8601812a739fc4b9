-- Whoever changes something is an administrator until it is changed; and a tool call is noted before it is made.
SET ROLE movie_hub_owner;

-- Locks the actor, so that his account is not closed before the change is done.
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
GRANT EXECUTE ON FUNCTION movie_hub_app.may_act TO movie_hub_accounts;
CREATE POLICY audit_accounts ON movie_hub_app.audit FOR INSERT TO movie_hub_accounts
  WITH CHECK (movie_hub_app.may_act(actor, action, subject));

-- The editor's only way to the audit trail. Who acts is proven by his session, whose hash the editor can neither read nor guess: a
-- name or a time that SQL could give would prove nothing. Without one it writes, locks and tells nothing.
CREATE FUNCTION movie_hub_app.add_edit(session text, action text, subject text, detail jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  editor text;
BEGIN
  -- The user is locked first, as by all who change one: else a deadlock.
  SELECT u.username INTO editor
  FROM movie_hub_app.sessions AS s
  JOIN movie_hub_app.users AS u USING (username)
  WHERE s.session_hash = add_edit.session AND s.expires_at > now() AND u.is_admin AND u.disabled_at IS NULL
  FOR SHARE OF u
  FOR KEY SHARE OF s;
  IF editor IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO movie_hub_app.audit (actor, action, subject, detail)
  VALUES (editor, add_edit.action, add_edit.subject, add_edit.detail);
  RETURN true;
END
$$;
COMMENT ON FUNCTION movie_hub_app.add_edit IS 'Adds an audit row of now in the name of whoever is signed in with a session, and keeps his account and the session as they are to the end of the transaction. False, and no row, unless the session is open and the user an administrator.';
REVOKE ALL ON FUNCTION movie_hub_app.add_edit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub_app.add_edit TO movie_hub_editor;

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

-- Whoever makes a change is an administrator until it commits, and a tool call is recorded before it runs.
SET ROLE movie_hub_owner;

-- Locks the actor, so that the account cannot be disabled before the change commits.
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
COMMENT ON FUNCTION movie_hub_app.may_act IS 'Returns whether a user may make the change of an audit row: an enabled administrator, or any enabled user for their own password.';
REVOKE ALL ON FUNCTION movie_hub_app.may_act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub_app.may_act TO movie_hub_accounts;
CREATE POLICY audit_accounts ON movie_hub_app.audit FOR INSERT TO movie_hub_accounts
  WITH CHECK (movie_hub_app.may_act(actor, action, subject));

-- The editor role's only access to the audit trail. The session proves who acts: the role can neither read nor guess its
-- hash, while a name given in SQL would prove nothing. Without a valid session it writes, locks and reveals nothing.
CREATE FUNCTION movie_hub_app.add_edit(session text, action text, subject text, detail jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  editor text;
BEGIN
  -- Lock the user first, as every change of a user does, to avoid deadlocks.
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
COMMENT ON FUNCTION movie_hub_app.add_edit IS 'Adds an audit row for the user of a session, and locks the user and the session until the end of the transaction. Returns false and adds nothing unless the session is valid and the user is an administrator.';
REVOKE ALL ON FUNCTION movie_hub_app.add_edit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub_app.add_edit TO movie_hub_editor;

CREATE INDEX audit_action ON movie_hub_app.audit (action, audit_id DESC);
CREATE INDEX tool_calls_tool ON movie_hub_app.tool_calls (tool, tool_call_id DESC);
CREATE INDEX tool_calls_server ON movie_hub_app.tool_calls (server, tool_call_id DESC);

ALTER TABLE movie_hub_app.tool_calls
  ALTER COLUMN milliseconds DROP NOT NULL,
  ALTER COLUMN is_error DROP NOT NULL;
GRANT UPDATE (row_count, milliseconds, is_error) ON movie_hub_app.tool_calls TO movie_hub_accounts;
COMMENT ON TABLE movie_hub_app.tool_calls IS 'Tool calls of the agent. A row is added before its call runs and updated once when it ends; none is deleted.';
COMMENT ON COLUMN movie_hub_app.tool_calls.at IS 'When the call began; if it was refused before the tool ran, when its turn ended. Never NULL.';
COMMENT ON COLUMN movie_hub_app.tool_calls.row_count IS 'Rows of the result. NULL: it has none, failed, or has not ended.';
COMMENT ON COLUMN movie_hub_app.tool_calls.milliseconds IS 'Duration. NULL: its turn has not ended, or its process ended first.';
COMMENT ON COLUMN movie_hub_app.tool_calls.is_error IS 'True when the result was an error. NULL: its turn has not ended, or its process ended first.';

RESET ROLE;

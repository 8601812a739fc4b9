-- Keeps what came of a turn, with its calls of tools, once: again it does nothing.
WITH ended AS (
  UPDATE movie_hub_app.turns
  SET
    title_types = :title_types::int[],
    answer = :answer,
    messages = :messages::jsonb,
    steps = :steps::jsonb,
    stop_reason = :stop_reason,
    usage = :usage::jsonb,
    ended_at = now()
  WHERE turn_id = :turn_id::bigint AND stop_reason IN ('running', 'cut_off')
  RETURNING turn_id
)
INSERT INTO movie_hub_app.tool_calls (username, server, tool, arguments, row_count, milliseconds, is_error)
SELECT :username, call.server, call.tool, call.arguments, call.row_count, call.milliseconds, call.is_error
FROM ended
CROSS JOIN jsonb_to_recordset(:tool_calls::jsonb) AS call
  (server text, tool text, arguments jsonb, row_count int, milliseconds int, is_error boolean)

-- Stores the result of a turn and of its tool calls. Running it again changes nothing. If the conversation was deleted in the
-- meantime, only the usage is stored, because it counts towards limits.
WITH thread AS (
  SELECT thread_id, deleted_at IS NULL AS is_kept
  FROM movie_hub_app.threads
  WHERE thread_id = :thread_id::uuid
  FOR SHARE
),
ended AS (
  UPDATE movie_hub_app.turns
  SET
    -- A title may have changed its type in the meantime.
    title_types = turns.title_types || :title_types::int[],
    title_ids = CASE WHEN is_kept THEN :title_ids::int[] ELSE '{}' END,
    answer = CASE WHEN is_kept THEN :answer ELSE '' END,
    messages = CASE WHEN is_kept THEN :messages::jsonb ELSE '[]' END,
    steps = CASE WHEN is_kept THEN :steps::jsonb ELSE '[]' END,
    stop_reason = :stop_reason,
    usage = :usage::jsonb,
    ended_at = now()
  FROM thread
  WHERE turns.thread_id = thread.thread_id AND turn_id = :turn_id::bigint AND stop_reason IN ('running', 'cut_off')
  RETURNING turn_id
),
call AS (
  SELECT call.*
  FROM ended
  CROSS JOIN jsonb_to_recordset(:tool_calls::jsonb) AS call
    (tool_call_id bigint, server text, tool text, arguments jsonb, row_count int, milliseconds int, is_error boolean)
),
updated AS (
  UPDATE movie_hub_app.tool_calls
  SET row_count = call.row_count, milliseconds = call.milliseconds, is_error = call.is_error
  FROM call
  WHERE tool_calls.tool_call_id = call.tool_call_id
)
-- Calls that were refused before the tool ran have no row yet.
INSERT INTO movie_hub_app.tool_calls (username, server, tool, arguments, row_count, milliseconds, is_error)
SELECT :username, server, tool, arguments, row_count, milliseconds, is_error
FROM call
WHERE tool_call_id IS NULL

-- The turns of a conversation that the user may see now, newest first, numbered from 1 within the conversation; with
-- :turn_number only that one. A running turn whose process has ended is cut off.
SELECT
  turn_number,
  question,
  steps,
  answer,
  CASE WHEN stop_reason = 'running' AND alive_until < now() THEN 'cut_off' ELSE stop_reason END AS stop_reason,
  usage
FROM (
  SELECT *, row_number() OVER (ORDER BY turn_id)::int AS turn_number
  FROM movie_hub_app.turns
  WHERE thread_id = :thread_id::uuid
) AS turns
JOIN movie_hub_app.threads USING (thread_id)
WHERE username = :username AND deleted_at IS NULL AND title_types <@ :title_types::int[]
  AND (:turn_number::int IS NULL OR turn_number = :turn_number::int)
ORDER BY turn_number DESC
LIMIT :max_results

-- What a user is shown of his conversation, newest first: the turns that today's entitlements cover, and no others. Each
-- has its place in the conversation, from 1; with :place only that one. One that runs in a process that is gone is cut off.
SELECT
  place,
  question,
  steps,
  answer,
  CASE WHEN stop_reason = 'running' AND alive_until < now() THEN 'cut_off' ELSE stop_reason END AS stop_reason,
  usage
FROM (
  SELECT *, row_number() OVER (ORDER BY turn_id)::int AS place
  FROM movie_hub_app.turns
  WHERE thread_id = :thread_id::uuid
) AS turns
JOIN movie_hub_app.threads USING (thread_id)
WHERE username = :username AND deleted_at IS NULL AND title_types <@ :title_types::int[]
  AND (:place::int IS NULL OR place = :place::int)
ORDER BY place DESC
LIMIT :most

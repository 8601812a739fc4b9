-- What a user is shown of his conversation, newest first: the turns that today's entitlements cover, and no others. Each
-- has its place in the conversation, from 1.
SELECT place, question, steps, answer, stop_reason
FROM (
  SELECT *, row_number() OVER (ORDER BY turn_id)::int AS place
  FROM movie_hub_app.turns
  WHERE thread_id = :thread_id::uuid
) AS turns
JOIN movie_hub_app.threads USING (thread_id)
WHERE username = :username AND title_types <@ :title_types::int[]
ORDER BY place DESC
LIMIT :most

-- A user's conversations, by their latest question and named after their first: of both only what the user may see now.
SELECT thread_id, first.question, to_char(latest.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS asked_on
FROM (
  SELECT thread_id
  FROM movie_hub_app.threads
  WHERE username = :username AND deleted_at IS NULL
  ORDER BY created_at DESC
  LIMIT 500
) AS threads
CROSS JOIN LATERAL (
  SELECT question
  FROM movie_hub_app.turns
  WHERE turns.thread_id = threads.thread_id AND title_types <@ :title_types::int[]
  ORDER BY turn_id
  LIMIT 1
) AS first
CROSS JOIN LATERAL (
  SELECT created_at
  FROM movie_hub_app.turns
  WHERE turns.thread_id = threads.thread_id AND title_types <@ :title_types::int[]
  ORDER BY turn_id DESC
  LIMIT 1
) AS latest
ORDER BY latest.created_at DESC
LIMIT :max_results

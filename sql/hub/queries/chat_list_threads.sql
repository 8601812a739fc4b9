-- The conversations of a user, by their latest question: each is called by its first. Of both only what today's entitlements cover.
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
LIMIT :most

-- Creates a conversation, or returns the user's empty one. Also removes conversations that were deleted, or left empty, over a
-- day ago.
WITH old AS (
  DELETE FROM movie_hub_app.threads
  WHERE username = :username
    AND (
      deleted_at < now() - interval '1 day'
      OR (
        created_at < now() - interval '1 day'
        AND NOT EXISTS (SELECT FROM movie_hub_app.turns WHERE turns.thread_id = threads.thread_id)
      )
    )
),
empty AS (
  UPDATE movie_hub_app.threads
  SET created_at = now()
  WHERE thread_id = (
    SELECT thread_id
    FROM movie_hub_app.threads AS found
    WHERE username = :username AND deleted_at IS NULL AND created_at >= now() - interval '1 day'
      AND NOT EXISTS (SELECT FROM movie_hub_app.turns WHERE turns.thread_id = found.thread_id)
    ORDER BY created_at DESC
    LIMIT 1
  )
  RETURNING thread_id
),
created AS (
  INSERT INTO movie_hub_app.threads (username)
  SELECT :username
  WHERE NOT EXISTS (SELECT FROM empty)
  RETURNING thread_id
)
SELECT thread_id FROM empty
UNION ALL
SELECT thread_id FROM created

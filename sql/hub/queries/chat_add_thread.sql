-- Begins a conversation. Those that the user deleted, or never asked anything in, go a day later.
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
)
INSERT INTO movie_hub_app.threads (username)
VALUES (:username)
RETURNING thread_id

-- Deletes what was said in a conversation. What it took is kept for a day: it counts.
WITH deleted AS (
  UPDATE movie_hub_app.threads
  SET deleted_at = now()
  WHERE thread_id = :thread_id::uuid AND username = :username AND deleted_at IS NULL
  RETURNING thread_id
)
UPDATE movie_hub_app.turns
SET question = '', answer = '', messages = '[]', steps = '[]'
FROM deleted
WHERE turns.thread_id = deleted.thread_id

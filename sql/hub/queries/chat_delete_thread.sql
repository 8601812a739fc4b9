-- Erases the text of a conversation. Its usage stays for a day, because it counts towards limits; an empty one is removed at once.
WITH own AS (
  SELECT thread_id, EXISTS (SELECT FROM movie_hub_app.turns WHERE turns.thread_id = threads.thread_id) AS is_used
  FROM movie_hub_app.threads
  WHERE thread_id = :thread_id::uuid AND username = :username AND deleted_at IS NULL
),
removed AS (
  DELETE FROM movie_hub_app.threads USING own WHERE threads.thread_id = own.thread_id AND NOT is_used
),
deleted AS (
  UPDATE movie_hub_app.threads SET deleted_at = now() FROM own WHERE threads.thread_id = own.thread_id AND is_used
  RETURNING threads.thread_id
)
UPDATE movie_hub_app.turns
SET question = '', answer = '', messages = '[]', steps = '[]', title_ids = '{}'
FROM deleted
WHERE turns.thread_id = deleted.thread_id

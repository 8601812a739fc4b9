-- The conversation with the user's latest question, or their newest one.
SELECT thread_id
FROM movie_hub_app.threads
WHERE username = :username AND deleted_at IS NULL
ORDER BY
  greatest(created_at, (SELECT max(turns.created_at) FROM movie_hub_app.turns WHERE turns.thread_id = threads.thread_id)) DESC
LIMIT 1

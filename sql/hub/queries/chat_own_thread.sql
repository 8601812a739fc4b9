-- A conversation, if it belongs to the user.
SELECT thread_id
FROM movie_hub_app.threads
WHERE thread_id = :thread_id::uuid AND username = :username AND deleted_at IS NULL

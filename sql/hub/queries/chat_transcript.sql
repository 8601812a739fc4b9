-- The turns of a conversation to send to the model, newest first: those that have ended and that the user may see now.
SELECT messages
FROM movie_hub_app.turns
JOIN movie_hub_app.threads USING (thread_id)
WHERE thread_id = :thread_id::uuid AND username = :username AND title_types <@ :title_types::int[]
  AND stop_reason NOT IN ('running', 'cut_off')
ORDER BY turn_id DESC
LIMIT :max_results

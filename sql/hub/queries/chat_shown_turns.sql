-- What a user is shown of his conversation, newest first: the turns that today's entitlements cover, and no others.
SELECT turn_id, question, steps, answer, stop_reason
FROM movie_hub_app.turns
JOIN movie_hub_app.threads USING (thread_id)
WHERE thread_id = :thread_id::uuid AND username = :username AND title_types <@ :title_types::int[]
ORDER BY turn_id DESC
LIMIT :most

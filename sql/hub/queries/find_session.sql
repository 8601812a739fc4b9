-- A session that has not expired.
SELECT username, data
FROM movie_hub_app.sessions
WHERE session_hash = :session_hash AND expires_at > now()

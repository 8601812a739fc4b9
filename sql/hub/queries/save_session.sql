-- Keeps what changed in a session that was there before. One that was revoked meanwhile stays gone, and none lives longer.
UPDATE movie_hub_app.sessions SET data = :data WHERE session_hash = :session_hash

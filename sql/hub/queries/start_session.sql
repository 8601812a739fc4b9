-- Keeps a new session; the one request that made it may save it several times.
INSERT INTO movie_hub_app.sessions (session_hash, username, data, expires_at)
VALUES (:session_hash, :username, :data, now() + make_interval(mins => :minutes))
ON CONFLICT (session_hash) DO UPDATE
SET username = EXCLUDED.username, data = EXCLUDED.data, expires_at = EXCLUDED.expires_at

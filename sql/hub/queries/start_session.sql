-- Stores a new session, and deletes expired ones. The request that creates it may save it several times.
WITH expired_sessions AS (
  DELETE FROM movie_hub_app.sessions
  WHERE session_hash IN (
    -- Skip sessions that another request is already deleting.
    SELECT expired.session_hash
    FROM movie_hub_app.sessions AS expired
    WHERE expired.expires_at <= now() AND expired.session_hash <> :session_hash
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
)
INSERT INTO movie_hub_app.sessions (session_hash, username, data, expires_at)
VALUES (:session_hash, :username, :data, now() + make_interval(mins => :minutes))
ON CONFLICT (session_hash) DO UPDATE
SET username = EXCLUDED.username, data = EXCLUDED.data, expires_at = EXCLUDED.expires_at

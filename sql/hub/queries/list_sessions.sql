-- The open sessions of a user, most recently used first.
SELECT
  session_hash,
  to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS begun,
  to_char(last_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS last_seen
FROM movie_hub_app.sessions
WHERE username = :username
  AND expires_at > now()
  AND last_seen_at > now() - make_interval(mins => :idle_minutes)
ORDER BY last_seen_at DESC, created_at DESC
LIMIT 100

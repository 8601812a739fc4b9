-- A session that has not expired. Updates last_seen_at once a minute, or more often under a short limit.
WITH seen AS (
  UPDATE movie_hub_app.sessions
  SET
    last_seen_at = now(),
    expires_at = CASE WHEN username IS NULL THEN expires_at ELSE
      least(now() + make_interval(mins => :idle_minutes), created_at + make_interval(mins => :max_minutes)) END
  WHERE session_hash = :session_hash
    AND expires_at > now()
    AND last_seen_at > now() - make_interval(mins => :idle_minutes)
    AND created_at > now() - make_interval(mins => :max_minutes)
    AND last_seen_at <= now() - least(interval '1 minute', make_interval(mins => :idle_minutes) / 10)
)
SELECT username, data
FROM movie_hub_app.sessions
WHERE session_hash = :session_hash
  AND expires_at > now()
  AND last_seen_at > now() - make_interval(mins => :idle_minutes)
  AND created_at > now() - make_interval(mins => :max_minutes)

-- Ends one session, and sweeps out those that have expired.
DELETE FROM movie_hub_app.sessions WHERE session_hash = :session_hash OR expires_at <= now()

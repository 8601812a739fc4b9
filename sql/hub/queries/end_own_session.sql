-- Ends one session of this user; no row when it is not theirs.
DELETE FROM movie_hub_app.sessions WHERE session_hash = :session_hash AND username = :username RETURNING session_hash

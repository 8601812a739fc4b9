DELETE FROM movie_hub_app.sessions WHERE session_hash = :session_hash

-- Ends the sessions of a user, but for one if wanted.
DELETE FROM movie_hub_app.sessions WHERE username = :username AND session_hash <> :except RETURNING session_hash

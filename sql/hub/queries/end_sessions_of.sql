-- Ends the sessions of a user, except one if given.
DELETE FROM movie_hub_app.sessions WHERE username = :username AND session_hash <> :except RETURNING session_hash

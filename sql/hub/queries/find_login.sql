-- What a login is checked against; no row for an account that is closed.
SELECT username, password_hash FROM movie_hub_app.users WHERE username = :username AND disabled_at IS NULL

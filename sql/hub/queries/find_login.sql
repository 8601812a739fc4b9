-- The password hash of an enabled account.
SELECT username, password_hash FROM movie_hub_app.users WHERE username = :username AND disabled_at IS NULL

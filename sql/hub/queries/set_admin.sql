-- Makes a user an administrator or not; no row when there is no such user, or nothing changed.
UPDATE movie_hub_app.users SET is_admin = :is_admin WHERE username = :username AND is_admin <> :is_admin RETURNING username

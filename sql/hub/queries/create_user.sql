-- Adds a user; no row when the name is taken.
INSERT INTO movie_hub_app.users (username, password_hash, is_admin, title_types)
VALUES (:username, :password_hash, :is_admin, :title_types::integer[])
ON CONFLICT (username) DO NOTHING
RETURNING username

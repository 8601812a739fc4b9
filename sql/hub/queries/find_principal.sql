-- Who the signed-in user is now: no row when the account is gone or closed.
SELECT username, is_admin, title_types
FROM movie_hub_app.users
WHERE username = :username AND disabled_at IS NULL

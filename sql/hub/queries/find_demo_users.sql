-- Those of these accounts that still have the demo's password.
SELECT username, is_admin, title_types
FROM movie_hub_app.users
WHERE username = ANY (:usernames::text[]) AND is_demo AND disabled_at IS NULL

-- Which of these accounts still have the password that the demo shows.
SELECT username, is_admin, title_types
FROM movie_hub_app.users
WHERE username = ANY (:usernames::text[]) AND is_demo AND disabled_at IS NULL

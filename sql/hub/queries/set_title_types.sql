-- Sets the title types of a user, and returns the previous ones; no row when there is no such user.
UPDATE movie_hub_app.users AS u
SET title_types = :title_types::integer[]
FROM (SELECT username, title_types FROM movie_hub_app.users WHERE username = :username FOR UPDATE) AS before
WHERE u.username = before.username
RETURNING before.title_types AS before

-- One page of the users by name: those after `after` whose names begin with `prefix`.
SELECT username, is_admin, title_types, disabled_at IS NOT NULL AS is_disabled
FROM movie_hub_app.users
WHERE username > :after AND starts_with(username, :prefix)
ORDER BY username
LIMIT :max_results

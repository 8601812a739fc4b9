SELECT username, is_admin, title_types, disabled_at IS NOT NULL AS is_disabled
FROM movie_hub_app.users
ORDER BY username
LIMIT 50

-- Disables or enables an account; no row when there is no such user, or nothing changed.
UPDATE movie_hub_app.users
SET disabled_at = CASE WHEN :is_disabled THEN now() END
WHERE username = :username AND (disabled_at IS NOT NULL) <> :is_disabled
RETURNING username

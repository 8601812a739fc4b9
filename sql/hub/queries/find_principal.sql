-- The user of a session; no row when the session has ended, or the account is deleted or disabled.
SELECT u.username, u.is_admin, u.title_types
FROM movie_hub_app.sessions AS s
JOIN movie_hub_app.users AS u USING (username)
WHERE s.session_hash = :session AND s.expires_at > now() AND u.disabled_at IS NULL

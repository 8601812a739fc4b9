-- The user of a session, locked until the end of the transaction: nobody can end the session or disable the account, and other
-- transactions that lock this user wait. The user is locked first, as every change of a user does, to avoid deadlocks.
SELECT u.username, u.is_admin, u.title_types
FROM movie_hub_app.sessions AS s
JOIN movie_hub_app.users AS u USING (username)
WHERE s.session_hash = :session AND s.expires_at > now() AND u.disabled_at IS NULL
FOR NO KEY UPDATE OF u
FOR KEY SHARE OF s

-- Who a session is signed in as now, and until the end of the transaction: nobody ends the session or closes the account
-- meanwhile, and no other transaction that locks this user goes on. First the user, as all who change him do: else a deadlock.
SELECT u.username, u.is_admin, u.title_types
FROM movie_hub_app.sessions AS s
JOIN movie_hub_app.users AS u USING (username)
WHERE s.session_hash = :session AND s.expires_at > now() AND u.disabled_at IS NULL
FOR NO KEY UPDATE OF u
FOR KEY SHARE OF s

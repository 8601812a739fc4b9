-- One account for its page, without its password hash.
SELECT
  u.username,
  u.is_admin,
  u.title_types,
  u.disabled_at IS NOT NULL AS is_disabled,
  u.password_hash LIKE 'scrypt$%' AS has_password,
  to_char(u.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS created,
  (SELECT count(*)::int FROM movie_hub_app.sessions AS s WHERE s.username = u.username AND s.expires_at > now()) AS sessions
FROM movie_hub_app.users AS u
WHERE u.username = :username

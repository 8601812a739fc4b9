-- All administrators, locked, so that two cannot remove each other at the same time.
SELECT username FROM movie_hub_app.users WHERE is_admin AND disabled_at IS NULL ORDER BY username FOR UPDATE

-- Ends the user's turns whose process has ended.
UPDATE movie_hub_app.turns
SET stop_reason = 'cut_off', ended_at = alive_until
FROM movie_hub_app.threads
WHERE threads.thread_id = turns.thread_id AND username = :username
  AND stop_reason = 'running' AND alive_until < now()

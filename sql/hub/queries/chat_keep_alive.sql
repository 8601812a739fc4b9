-- Renews the lease of running turns, and stores their usage so far.
UPDATE movie_hub_app.turns
SET alive_until = now() + make_interval(secs => :lease_seconds), usage = running.usage
FROM jsonb_to_recordset(:running::jsonb) AS running (turn_id bigint, usage jsonb)
WHERE turns.turn_id = running.turn_id AND stop_reason = 'running'

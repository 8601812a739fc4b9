-- A user's questions of the last 24 hours, including deleted conversations, and the seconds until the next question is allowed:
-- by the limit per minute, and by the tokens per day. NULL or below 0: now.
WITH recent AS (
  SELECT
    thread_id,
    stop_reason,
    turns.created_at,
    coalesce((usage ->> 'inputTokens')::numeric, 0) + coalesce((usage ->> 'outputTokens')::numeric, 0) AS tokens
  FROM movie_hub_app.threads
  JOIN movie_hub_app.turns USING (thread_id)
  WHERE username = :username AND turns.created_at > now() - interval '1 day'
),
summed AS (
  SELECT created_at, sum(tokens) OVER (ORDER BY created_at DESC) AS tokens_since FROM recent
)
SELECT
  count(*) FILTER (WHERE stop_reason = 'running')::int AS running,
  coalesce(bool_or(stop_reason = 'running' AND thread_id = :thread_id::uuid), false) AS is_answering,
  extract(epoch FROM interval '1 minute' - (now() - (
    SELECT created_at FROM recent ORDER BY created_at DESC OFFSET :per_minute::int - 1 LIMIT 1
  )))::float8 AS wait_for_minute,
  extract(epoch FROM interval '1 day' - (now() - (
    SELECT max(created_at) FROM summed WHERE tokens_since >= :tokens_per_day::numeric
  )))::float8 AS wait_for_tokens
FROM recent

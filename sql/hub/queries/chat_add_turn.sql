INSERT INTO movie_hub_app.turns
  (thread_id, title_types, question, answer, messages, steps, stop_reason, alive_until)
VALUES (
  :thread_id::uuid, :title_types::int[], :question, '', '[]', '[]', 'running',
  now() + make_interval(secs => :lease_seconds)
)
RETURNING
  turn_id,
  -- Its place in the conversation, from 1: the subquery does not see it yet.
  (SELECT count(*) + 1 FROM movie_hub_app.turns WHERE turns.thread_id = :thread_id::uuid)::int AS place

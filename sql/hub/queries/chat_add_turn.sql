INSERT INTO movie_hub_app.turns
  (thread_id, title_types, question, answer, messages, steps, stop_reason, alive_until)
VALUES (
  :thread_id::uuid, :title_types::int[], :question, '', '[]', '[]', 'running',
  now() + make_interval(secs => :lease_seconds)
)
RETURNING
  turn_id,
  -- The subquery does not see the new row.
  (SELECT count(*) + 1 FROM movie_hub_app.turns WHERE turns.thread_id = :thread_id::uuid)::int AS turn_number

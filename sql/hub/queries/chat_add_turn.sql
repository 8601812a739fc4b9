INSERT INTO movie_hub_app.turns (thread_id, title_types, question, answer, messages, steps, stop_reason)
VALUES (
  :thread_id::uuid, :title_types::int[], :question, :answer, :messages::jsonb, :steps::jsonb, :stop_reason
)
RETURNING turn_id

INSERT INTO movie_hub_app.turns (thread_id, title_types, question, answer, messages, steps, stop_reason)
VALUES (
  :thread_id::uuid, :title_types::int[], :question, :answer, :messages::jsonb, :steps::jsonb, :stop_reason
)
-- Its place in the conversation, from 1: the subquery does not see it yet.
RETURNING (
  SELECT count(*) + 1 FROM movie_hub_app.turns WHERE turns.thread_id = :thread_id::uuid
)::int AS place

-- Adds an audit row in the transaction of the change. Adds none, and returns false, if the actor may no longer make it.
WITH permission AS (
  SELECT movie_hub_app.may_act(:actor, :action, :subject) AS may_act
),
added AS (
  INSERT INTO movie_hub_app.audit (actor, action, subject, detail)
  SELECT :actor, :action, :subject, :detail FROM permission WHERE may_act
)
SELECT may_act FROM permission

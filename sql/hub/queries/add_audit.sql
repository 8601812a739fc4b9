-- Says who changed what; part of the transaction that changes it. Says nothing, and that, of whom may not do it any more.
WITH asked AS (
  SELECT movie_hub_app.may_act(:actor, :action, :subject) AS may_act
),
added AS (
  INSERT INTO movie_hub_app.audit (actor, action, subject, detail)
  SELECT :actor, :action, :subject, :detail FROM asked WHERE may_act
)
SELECT may_act FROM asked

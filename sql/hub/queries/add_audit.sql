-- Says who changed what; part of the transaction that changes it.
INSERT INTO movie_hub_app.audit (actor, action, subject, detail)
VALUES (:actor, :action, :subject, :detail)

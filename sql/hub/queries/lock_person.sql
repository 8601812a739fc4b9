-- Locks a person, so that the audit row has the values before the change.
SELECT name_id FROM movie_hub.names WHERE name_id = :name_id FOR NO KEY UPDATE

-- A person to change; locked, so that what was before is what the audit says.
SELECT name_id FROM movie_hub.names WHERE name_id = :name_id FOR NO KEY UPDATE

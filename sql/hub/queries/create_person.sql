INSERT INTO movie_hub.names (primary_name) VALUES (:name) RETURNING name_id

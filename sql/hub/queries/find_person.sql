SELECT name_id, primary_name FROM movie_hub.names WHERE name_id = :name_id

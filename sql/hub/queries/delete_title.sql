-- Child rows are deleted with it by their foreign keys.
DELETE FROM movie_hub.titles WHERE title_id = :title_id

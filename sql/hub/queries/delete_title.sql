-- What hangs on the title goes with it, by its foreign keys.
DELETE FROM movie_hub.titles WHERE title_id = :title_id

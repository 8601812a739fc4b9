-- Locks a title, so that two concurrent additions to its cast get different numbers.
SELECT title_id, primary_title FROM movie_hub.titles WHERE title_id = :title_id FOR NO KEY UPDATE

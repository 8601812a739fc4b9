-- A title to cast somebody in; locked, so that two castings at once do not take the same place in the billing.
SELECT title_id, primary_title FROM movie_hub.titles WHERE title_id = :title_id FOR NO KEY UPDATE

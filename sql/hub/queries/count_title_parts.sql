-- What is deleted together with a title.
SELECT
  (SELECT count(*)::int FROM movie_hub.principals WHERE title_id = :title_id) AS cast_rows,
  (SELECT count(*)::int FROM movie_hub.crew WHERE title_id = :title_id) AS crew_rows,
  (SELECT num_votes FROM movie_hub.ratings WHERE title_id = :title_id) AS votes,
  (SELECT count(*)::int FROM movie_hub.akas WHERE title_id = :title_id) AS other_titles,
  (SELECT count(*)::int FROM movie_hub.genres WHERE title_id = :title_id) AS genres,
  (SELECT count(*)::int FROM movie_hub.episodes WHERE title_id = :title_id) AS series_links,
  (SELECT count(*)::int FROM movie_hub.episodes WHERE parent_title_id = :title_id) AS episodes

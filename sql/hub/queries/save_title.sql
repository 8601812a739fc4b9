-- Child rows get a changed type by their foreign keys.
UPDATE movie_hub.titles
SET
  title_type = :title_type,
  primary_title = :title,
  original_title = :original_title,
  start_year = :start_year,
  end_year = :end_year,
  runtime_minutes = :runtime_minutes
WHERE title_id = :title_id

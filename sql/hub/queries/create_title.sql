INSERT INTO movie_hub.titles (title_type, primary_title, original_title, start_year, end_year, runtime_minutes, created_at)
VALUES (:title_type, :title, :original_title, :start_year, :end_year, :runtime_minutes, now())
RETURNING title_id

INSERT INTO movie_hub.titles (title_type, primary_title, original_title, start_year)
VALUES (:title_type, :title, :title, :start_year)
RETURNING title_id

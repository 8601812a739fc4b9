-- Removes a person from the cast; no row when this entry is not theirs any more.
DELETE FROM movie_hub.principals
WHERE title_id = :title_id AND ordering = :ordering AND name_id = :name_id
RETURNING category, COALESCE(characters, '[]') AS characters

-- Takes a person out of a title's billing; no row when this place is not his any more.
DELETE FROM movie_hub.principals
WHERE title_id = :title_id AND ordering = :ordering AND name_id = :name_id
RETURNING category, COALESCE(characters, '[]') AS characters

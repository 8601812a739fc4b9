-- The title types that the scope may see: all of them for an editor.
SELECT title_type_id, name, label FROM movie_hub.title_types ORDER BY title_type_id

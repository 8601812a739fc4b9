-- Everything on the page of a title, as one row; no row when the reader may see no such title. Alternative titles and
-- episodes: the first :max_results.
SELECT
  t.title_id,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  t.runtime_minutes,
  y.label AS type_label,
  r.average_rating,
  r.num_votes,
  ARRAY(SELECT g.genre FROM movie_hub.genres AS g WHERE g.title_id = t.title_id ORDER BY g.genre) AS genres,
  COALESCE((
    SELECT jsonb_agg(jsonb_build_object('name_id', n.name_id, 'name', n.primary_name) ORDER BY c.ordering, n.name_id)
    FROM movie_hub.crew AS c JOIN movie_hub.names AS n ON n.name_id = c.name_id
    WHERE c.title_id = t.title_id AND c.role = 'director'
  ), '[]') AS directors,
  COALESCE((
    SELECT jsonb_agg(jsonb_build_object('name_id', n.name_id, 'name', n.primary_name) ORDER BY c.ordering, n.name_id)
    FROM movie_hub.crew AS c JOIN movie_hub.names AS n ON n.name_id = c.name_id
    WHERE c.title_id = t.title_id AND c.role = 'writer'
  ), '[]') AS writers,
  COALESCE((
    SELECT jsonb_agg(jsonb_build_object('title', o.title, 'uses', o.uses) ORDER BY o.ordering)
    FROM (
      SELECT
        a.title,
        min(a.ordering) AS ordering,
        COALESCE(
          jsonb_agg(DISTINCT jsonb_build_object('region', a.region, 'language', a.language))
            FILTER (WHERE COALESCE(a.region, a.language) IS NOT NULL),
          '[]'
        ) AS uses
      FROM movie_hub.akas AS a
      WHERE a.title_id = t.title_id AND a.title NOT IN (t.primary_title, t.original_title)
      GROUP BY a.title
      ORDER BY 2
      LIMIT :max_results
    ) AS o
  ), '[]') AS other_titles,
  COALESCE((
    SELECT jsonb_agg(
      jsonb_build_object(
        'name_id', n.name_id, 'name', n.primary_name, 'category', p.category, 'characters', COALESCE(p.characters, '[]')
      )
      ORDER BY p.ordering
    )
    FROM movie_hub.principals AS p JOIN movie_hub.names AS n ON n.name_id = p.name_id
    WHERE p.title_id = t.title_id AND p.category IN ('actor', 'actress', 'self', 'archive_footage')
  ), '[]') AS cast_list,
  (
    SELECT jsonb_build_object(
      'title_id', s.title_id, 'title', s.primary_title, 'season', e.season_number, 'episode', e.episode_number
    )
    FROM movie_hub.episodes AS e JOIN movie_hub.titles AS s ON s.title_id = e.parent_title_id
    WHERE e.title_id = t.title_id
  ) AS series,
  COALESCE((
    SELECT jsonb_agg(
      jsonb_build_object(
        'title_id', f.title_id, 'title', f.primary_title, 'season', f.season_number, 'episode', f.episode_number
      )
      ORDER BY f.season_number, f.episode_number, f.title_id
    )
    FROM (
      SELECT s.title_id, s.primary_title, e.season_number, e.episode_number
      FROM movie_hub.episodes AS e JOIN movie_hub.titles AS s ON s.title_id = e.title_id
      WHERE e.parent_title_id = t.title_id
      ORDER BY e.season_number, e.episode_number, s.title_id
      LIMIT :max_results
    ) AS f
  ), '[]') AS episodes
FROM movie_hub.titles AS t
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
WHERE t.title_id = :title_id

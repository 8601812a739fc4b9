-- One page of the tool calls, newest first: the rows before or after a given one.
SELECT page.*, to_char(page.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS at_utc
FROM (
  (
    SELECT tool_call_id AS id, at, username, server, tool, arguments, row_count, milliseconds, is_error
    FROM movie_hub_app.tool_calls
    WHERE :newer_than::bigint IS NULL
      AND (:older_than::bigint IS NULL OR tool_call_id < :older_than::bigint)
      AND (:actor::text IS NULL OR username = :actor::text)
      AND (:action::text IS NULL OR tool = :action::text)
      AND (:subject::text IS NULL OR server = :subject::text)
    ORDER BY tool_call_id DESC
    LIMIT :max_results
  )
  UNION ALL
  (
    SELECT tool_call_id AS id, at, username, server, tool, arguments, row_count, milliseconds, is_error
    FROM movie_hub_app.tool_calls
    WHERE tool_call_id > :newer_than::bigint
      AND (:actor::text IS NULL OR username = :actor::text)
      AND (:action::text IS NULL OR tool = :action::text)
      AND (:subject::text IS NULL OR server = :subject::text)
    ORDER BY tool_call_id
    LIMIT :max_results
  )
) AS page
ORDER BY page.id DESC

-- One page of the audit trail, newest first: the rows before or after a given one.
SELECT page.*, to_char(page.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS at_utc
FROM (
  (
    SELECT audit_id AS id, at, actor, action, subject, detail
    FROM movie_hub_app.audit
    WHERE :newer_than::bigint IS NULL
      AND (:older_than::bigint IS NULL OR audit_id < :older_than::bigint)
      AND (:actor::text IS NULL OR actor = :actor::text)
      AND (:action::text IS NULL OR action = :action::text)
      AND (:subject::text IS NULL OR subject = :subject::text)
    ORDER BY audit_id DESC
    LIMIT :max_results
  )
  UNION ALL
  (
    SELECT audit_id AS id, at, actor, action, subject, detail
    FROM movie_hub_app.audit
    WHERE audit_id > :newer_than::bigint
      AND (:actor::text IS NULL OR actor = :actor::text)
      AND (:action::text IS NULL OR action = :action::text)
      AND (:subject::text IS NULL OR subject = :subject::text)
    ORDER BY audit_id
    LIMIT :max_results
  )
) AS page
ORDER BY page.id DESC

-- Of the functions that stand as one step in a plan: those that run queries of their own, and as whom. A plan tells no two of
-- one name apart. From catalogs only.
SELECT
  n.nspname || '.' || p.proname AS function_name,
  max(CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner)::text END) AS runs_as
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE n.nspname || '.' || p.proname = ANY (:functions::text[]) AND l.lanname NOT IN ('internal', 'c')
GROUP BY 1
ORDER BY 1

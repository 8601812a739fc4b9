-- The functions among these that run their own queries, and the role they run as. A plan does not distinguish functions with
-- the same name. Reads catalogs only.
SELECT
  n.nspname || '.' || p.proname AS function_name,
  max(CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner)::text END) AS runs_as
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE n.nspname || '.' || p.proname = ANY (:functions::text[]) AND l.lanname NOT IN ('internal', 'c')
GROUP BY 1
ORDER BY 1

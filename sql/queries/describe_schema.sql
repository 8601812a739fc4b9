-- The tables and views that the transaction's role may read, with their comments: one row for each readable column. It
-- does not name tables that the role may not read. Reads catalogs only.
SELECT
  n.nspname || '.' || c.relname AS table_name,
  obj_description(c.oid, 'pg_class') AS table_comment,
  a.attname::text AS column_name,
  format_type(a.atttypid, a.atttypmod) AS type,
  NOT a.attnotnull AS nullable,
  EXISTS (
    SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)
  ) AS is_key,
  (
    SELECT min(rn.nspname || '.' || rc.relname)
    FROM pg_constraint AS f
    JOIN pg_class AS rc ON rc.oid = f.confrelid
    JOIN pg_namespace AS rn ON rn.oid = rc.relnamespace
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey)
      AND has_schema_privilege(rn.oid, 'USAGE')
      AND has_any_column_privilege(rc.oid, 'SELECT')
  ) AS refers_to,
  col_description(c.oid, a.attnum) AS column_comment
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND has_schema_privilege(n.oid, 'USAGE')
  AND has_column_privilege(c.oid, a.attnum, 'SELECT')
  AND NOT EXISTS (
    SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY n.nspname, c.relname, a.attnum

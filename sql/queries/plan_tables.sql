-- For the tables of a plan: whether row-level security applies to the transaction's role, and each key of each non-partial
-- index, with the operators that it could support if they were leakproof. Reads catalogs only.
SELECT
  n.nspname || '.' || c.relname AS table_name,
  row_security_active(c.oid)
    OR EXISTS (SELECT FROM pg_partition_ancestors(c.oid) AS a WHERE row_security_active(a.relid)) AS is_policed,
  i.index_name,
  i.key,
  i.is_expression,
  i.operators
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT
    ic.relname::text AS index_name,
    pg_get_indexdef(x.indexrelid, k.number, true) AS key,
    x.indkey[k.number - 1] = 0 AS is_expression,
    ARRAY(
      SELECT o.oprname::text
      FROM pg_amop AS s
      JOIN pg_operator AS o ON o.oid = s.amopopr
      JOIN pg_proc AS p ON p.oid = o.oprcode
      -- A function in the key is rarely leakproof, so no operator on it is.
      WHERE s.amopfamily = f.oid AND (x.indkey[k.number - 1] = 0 OR NOT p.proleakproof)
      UNION
      -- A btree also supports LIKE and regular expressions with a fixed prefix, though its family lacks the operators.
      SELECT b.name
      FROM unnest(ARRAY['~~ ''''', '~ ''^''']) AS b (name)
      WHERE f.opfmethod = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
        AND (
          f.opfname LIKE '%pattern_ops'
          OR f.opfname = 'text_ops' AND (
            SELECT CASE WHEN l.collprovider = 'd' THEN d.datcollate ELSE l.collcollate END IN ('C', 'POSIX')
            FROM pg_collation AS l, pg_database AS d
            WHERE l.oid = x.indcollation[k.number - 1] AND d.datname = current_database()
          )
        )
    ) AS operators
  FROM pg_index AS x
  JOIN pg_class AS ic ON ic.oid = x.indexrelid
  CROSS JOIN LATERAL generate_series(1, x.indnkeyatts::integer) AS k (number)
  JOIN pg_opclass AS oc ON oc.oid = x.indclass[k.number - 1]
  JOIN pg_opfamily AS f ON f.oid = oc.opcfamily
  WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL
) AS i ON true
WHERE n.nspname || '.' || c.relname = ANY (:tables::text[])
ORDER BY table_name, i.index_name, i.key

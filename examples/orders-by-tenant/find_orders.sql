-- The newest orders first. The policies restrict them to the tenant. An omitted argument is NULL.
SELECT o.order_id, o.placed_on, o.status, c.name AS customer, k.name AS country
FROM shop.orders AS o
JOIN shop.customers AS c USING (tenant_id, customer_id)
JOIN shop.countries AS k USING (country_code)
WHERE o.order_id < coalesce(:before_id::bigint, 9223372036854775807)
  AND (:customer::text IS NULL OR c.name = :customer)
  AND (:status::text IS NULL OR o.status = :status)
ORDER BY o.order_id DESC

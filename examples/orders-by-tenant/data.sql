-- Two tenants: 1 has seven orders, 2 has two. Each has a customer named Miller.
INSERT INTO shop.countries VALUES ('DE', 'Germany'), ('FR', 'France'), ('JP', 'Japan');

INSERT INTO shop.customers (tenant_id, customer_id, name, country_code) OVERRIDING SYSTEM VALUE VALUES
  (1, 1, 'Miller', 'DE'),
  (1, 2, 'Dupont', 'FR'),
  (2, 3, 'Miller', 'JP');

INSERT INTO shop.orders (tenant_id, order_id, customer_id, handled_by, status, placed_on) OVERRIDING SYSTEM VALUE VALUES
  (1, 101, 1, 'ann', 'shipped', '2025-01-07'),
  (1, 102, 2, 'ann', 'open', '2025-01-09'),
  (2, 103, 3, 'bo', 'open', '2025-01-10'),
  (1, 104, 1, 'cleo', 'open', '2025-01-13'),
  (1, 105, 1, 'ann', 'open', '2025-01-14'),
  (2, 106, 3, 'ann', 'open', '2025-01-20'),
  (1, 107, 2, 'cleo', 'returned', '2025-01-21'),
  (1, 108, 2, 'cleo', 'shipped', '2025-01-22'),
  (1, 109, 1, 'cleo', 'shipped', '2025-01-28');

INSERT INTO shop.order_lines (tenant_id, order_id, line_number, product, quantity, unit_price)
SELECT tenant_id, order_id, line, CASE line WHEN 1 THEN 'lamp' ELSE 'shade' END, line, 19.95
FROM shop.orders, generate_series(1, 2) AS line;

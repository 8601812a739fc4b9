-- Orders of several tenants in the same tables. The role that runs this owns them; shop_reader may only read.

CREATE ROLE shop_reader NOLOGIN;
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO shop_reader;

-- The same for every tenant, so without a policy: listed in lookupTables for checkDatabase.
CREATE TABLE shop.countries (
  country_code text PRIMARY KEY,
  name text NOT NULL
);
COMMENT ON TABLE shop.countries IS 'Countries by ISO 3166 code';
GRANT SELECT ON shop.countries TO shop_reader;

CREATE TABLE shop.customers (
  tenant_id integer NOT NULL,
  customer_id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  country_code text NOT NULL REFERENCES shop.countries,
  PRIMARY KEY (tenant_id, customer_id)
);
COMMENT ON TABLE shop.customers IS 'Customers of a tenant';
CREATE INDEX customers_by_name ON shop.customers (tenant_id, name);

-- Every child row has tenant_id, enforced by its foreign key, so that its policy is one comparison without a lookup.
CREATE TABLE shop.orders (
  tenant_id integer NOT NULL,
  order_id bigint GENERATED ALWAYS AS IDENTITY,
  customer_id bigint NOT NULL,
  handled_by text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'shipped', 'returned')),
  placed_on date NOT NULL,
  PRIMARY KEY (tenant_id, order_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES shop.customers
);
COMMENT ON TABLE shop.orders IS 'Orders; a later one has a higher order_id';
COMMENT ON COLUMN shop.orders.handled_by IS 'User name of the employee who handles the order';
CREATE INDEX orders_of_customer ON shop.orders (tenant_id, customer_id);
CREATE INDEX orders_handled_by ON shop.orders (tenant_id, handled_by, status);

CREATE TABLE shop.order_lines (
  tenant_id integer NOT NULL,
  order_id bigint NOT NULL,
  line_number integer NOT NULL,
  product text NOT NULL,
  quantity integer NOT NULL,
  unit_price numeric(12, 2) NOT NULL,
  PRIMARY KEY (tenant_id, order_id, line_number),
  FOREIGN KEY (tenant_id, order_id) REFERENCES shop.orders
);
COMMENT ON COLUMN shop.order_lines.unit_price IS 'Euro, without tax';

-- (SELECT …) is evaluated once per query, not once per row. Unset and empty are both NULL, and nothing equals NULL.
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers_of_tenant ON shop.customers FOR SELECT TO shop_reader
  USING (tenant_id = (SELECT nullif(current_setting('shop.tenant', true), '')::integer));
GRANT SELECT ON shop.customers TO shop_reader;

ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_tenant ON shop.orders FOR SELECT TO shop_reader
  USING (tenant_id = (SELECT nullif(current_setting('shop.tenant', true), '')::integer));
GRANT SELECT ON shop.orders TO shop_reader;

ALTER TABLE shop.order_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_lines_of_tenant ON shop.order_lines FOR SELECT TO shop_reader
  USING (tenant_id = (SELECT nullif(current_setting('shop.tenant', true), '')::integer));
GRANT SELECT ON shop.order_lines TO shop_reader;

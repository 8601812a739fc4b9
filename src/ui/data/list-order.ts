/** An order of a list: by a key that the database holds an index for, then by id. */
export interface ListOrder {
  readonly name: string;
  /** SQL of the key; never text from a request. */
  readonly key: string;
  readonly keyType: 'integer' | 'text';
  readonly isDescending: boolean;
}

/** A place in a list: that of the row with this key and id. */
export interface Place {
  readonly key: number | string;
  readonly id: number;
}

/** Where a page lies: behind a place, or before it; at the beginning unless given. */
export interface PageStart {
  readonly after?: Place | undefined;
  readonly before?: Place | undefined;
}

/** A page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** What leads to the page before, as `before` in a URL; absent on the first one. */
  readonly previous?: string;
  /** What leads to the page behind, as `after` in a URL; absent on the last one. */
  readonly next?: string;
}

/** Fills an order and the direction of reading into SQL: towards the beginning when a page ends before a place. */
export function orderSql(sql: string, order: ListOrder, { before }: PageStart): string {
  const isDown = order.isDescending !== (before !== undefined);
  const parts = {
    key: order.key,
    key_type: order.keyType,
    order: isDown ? 'DESC' : 'ASC',
    beyond: isDown ? '<' : '>',
  };
  return sql.replace(/\{(key|key_type|order|beyond)\}/g, (_, name: keyof typeof parts) => parts[name]);
}

/** Returns what the SQL of {@link orderSql} is given for a place. */
export function placeParameters({ after, before }: PageStart): {
  place_key: number | string | null;
  place_id: number | null;
} {
  const place = before ?? after;
  return { place_key: place?.key ?? null, place_id: place?.id ?? null };
}

/** Makes a page of rows that were read from its start on, one more than it holds if there are more. */
export function pageOf<Row extends { sort_key: number | string }>(
  read: readonly Row[],
  {
    order,
    start,
    most,
    idOf,
  }: { order: ListOrder; start: PageStart; most: number; idOf: (row: Row) => number },
): Page<Row> {
  const isBackward = start.before !== undefined;
  const hasMore = read.length > most;
  const rows = read.slice(0, most);
  if (isBackward) rows.reverse();
  const cursor = (row: Row | undefined) => row && writeCursor(order, { key: row.sort_key, id: idOf(row) });
  const previous = (isBackward ? hasMore : start.after !== undefined) ? cursor(rows[0]) : undefined;
  const next = isBackward || hasMore ? cursor(rows.at(-1)) : undefined;
  return { rows, ...(previous !== undefined && { previous }), ...(next !== undefined && { next }) };
}

/** Reads where a page lies from the values of `after` and `before` in a URL; the beginning where they name no place in this order. */
export function readStart(order: ListOrder, { after, before }: { after: string; before: string }): PageStart {
  return { after: readCursor(order, after), before: after === '' ? readCursor(order, before) : undefined };
}

function writeCursor(order: ListOrder, { key, id }: Place): string {
  return Buffer.from(`${order.name}.${id}.${key}`).toString('base64url');
}

function readCursor(order: ListOrder, text: string): Place | undefined {
  if (!/^[\w-]{1,400}$/.test(text)) return undefined;
  const [, name, idText, key = ''] =
    /^(\w{1,10})\.(\d{1,10})\.([^\0]{0,60})$/su.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const id = Number(idText);
  if (name !== order.name || id > greatest) return undefined;
  if (order.keyType === 'text') return { key, id };
  return /^-?\d{1,10}$/.test(key) && Math.abs(Number(key)) <= greatest ? { key: Number(key), id } : undefined;
}

/** The greatest of PostgreSQL's integers. */
const greatest = 2_147_483_647;

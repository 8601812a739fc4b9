/** A sort order: by an indexed key, then by id. */
export interface ListOrder {
  readonly name: string;
  /** SQL of the key; never text from a request. */
  readonly key: string;
  readonly keyType: 'integer' | 'text';
  readonly isDescending: boolean;
}

/** The position of a row in a list. */
export interface Cursor {
  readonly key: number | string;
  readonly id: number;
}

/** Where a page starts: after a row, or before it; by default at the beginning. */
export interface PageStart {
  readonly after?: Cursor | undefined;
  readonly before?: Cursor | undefined;
}

/** A page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** `before` in the URL of the previous page; absent on the first page. */
  readonly previous?: string;
  /** `after` in the URL of the next page; absent on the last page. */
  readonly next?: string;
}

/** Fills an order into SQL; for a page before a cursor the order is reversed. */
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

/** Returns the parameters of a cursor for the SQL of {@link orderSql}. */
export function cursorParameters({ after, before }: PageStart): {
  cursor_key: number | string | null;
  cursor_id: number | null;
} {
  const cursor = before ?? after;
  return { cursor_key: cursor?.key ?? null, cursor_id: cursor?.id ?? null };
}

/** Makes a page from its rows, of which one more than `limit` was read if there are more. */
export function pageOf<Row extends { sort_key: number | string }>(
  read: readonly Row[],
  {
    order,
    start,
    limit,
    idOf,
  }: { order: ListOrder; start: PageStart; limit: number; idOf: (row: Row) => number },
): Page<Row> {
  const isBackward = start.before !== undefined;
  const hasMore = read.length > limit;
  const rows = read.slice(0, limit);
  if (isBackward) rows.reverse();
  const cursorOf = (row: Row | undefined) => row && writeCursor(order, { key: row.sort_key, id: idOf(row) });
  const previous = (isBackward ? hasMore : start.after !== undefined) ? cursorOf(rows[0]) : undefined;
  const next = isBackward || hasMore ? cursorOf(rows.at(-1)) : undefined;
  return { rows, ...(previous !== undefined && { previous }), ...(next !== undefined && { next }) };
}

/** Reads the start of a page from `after` and `before` in a URL. Values that are not valid in this order mean the beginning. */
export function readStart(order: ListOrder, { after, before }: { after: string; before: string }): PageStart {
  return { after: readCursor(order, after), before: after === '' ? readCursor(order, before) : undefined };
}

function writeCursor(order: ListOrder, { key, id }: Cursor): string {
  return Buffer.from(`${order.name}.${id}.${key}`).toString('base64url');
}

function readCursor(order: ListOrder, text: string): Cursor | undefined {
  if (!/^[\w-]{1,400}$/.test(text)) return undefined;
  const [, name, idText, key = ''] =
    /^(\w{1,10})\.(\d{1,10})\.([^\0]{0,60})$/su.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const id = Number(idText);
  if (name !== order.name || id > maxInteger) return undefined;
  if (order.keyType === 'text') return { key, id };
  return /^-?\d{1,10}$/.test(key) && Math.abs(Number(key)) <= maxInteger
    ? { key: Number(key), id }
    : undefined;
}

/** The largest value of PostgreSQL's `integer`. */
const maxInteger = 2_147_483_647;

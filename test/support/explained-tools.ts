import { defineQueryTool, type QueryTool } from 'movie-hub';

/** Makes a tool with one argument, `value`, that SQL may use, and none where it does not. */
export function toolOf(sql: string, type: 'string' | 'integer' | 'number' = 'string'): QueryTool {
  const properties = { value: { type, description: 'What to look for.' } };
  return defineQueryTool({
    name: 'looked_at',
    title: 'A tool to look at',
    description: 'Looks something up.',
    sql,
    input: { type: 'object', properties: /:value\b/.test(sql) ? properties : {} },
    row: { type: 'object', properties: {} },
  });
}

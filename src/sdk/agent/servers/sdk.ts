/** The protocol's codes of errors. Those of the MCP SDK are in a module that takes long to load. */
export const errorCodes = { connectionClosed: -32_000, requestTimeout: -32_001, invalidParams: -32_602 };

/** Loads what the agent needs of the MCP SDK, when it first needs it. */
export async function loadSdk() {
  const [{ Client }, { InMemoryTransport }, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/inMemory.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  const { CallToolResultSchema, EmptyResultSchema, ListToolsResultSchema } = types;
  return { Client, InMemoryTransport, CallToolResultSchema, EmptyResultSchema, ListToolsResultSchema };
}

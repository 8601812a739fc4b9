/** The protocol's codes of errors. Those of the MCP SDK are in a module that takes long to load. */
export const errorCodes = { connectionClosed: -32_000, requestTimeout: -32_001, invalidParams: -32_602 };

/** Loads what a server needs of the MCP SDK: it takes most of the time that a server needs to start. */
export const loadServerSdk = once(async () => {
  const [{ Server }, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/index.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  return { Server, ...types };
});

/** Loads what an HTTP server needs beside it. */
export const loadHttpSdk = once(() => import('@modelcontextprotocol/sdk/server/streamableHttp.js'));

/** Loads what the agent needs of the MCP SDK. */
export const loadClientSdk = once(async () => {
  const [{ Client }, { InMemoryTransport }, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/inMemory.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  return { Client, InMemoryTransport, ...types };
});

/** Even a module that is there already costs its import some time, which a call would pay each time. */
function once<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loaded: Promise<Loaded> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

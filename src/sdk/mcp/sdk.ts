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

/** Even a module that is there already costs its import some time, which a call would pay each time. */
function once<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loaded: Promise<Loaded> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

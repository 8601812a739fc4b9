/** The package's version, as MCP clients see it; a test keeps it equal to package.json. */
export const version = '0.1.0';

/** How much is read, sent and kept together. Tests make it small, so that little files are many pieces. */
export const loadSizes = {
  /** Bytes of a file that are read, and unpacked, at once. */
  bytesRead: 512 * 1024,
  /** Rows of a transaction: what is lost at most when a load is broken off. */
  rowsOfRebuild: 250_000,
  rowsOfMerge: 50_000,
};

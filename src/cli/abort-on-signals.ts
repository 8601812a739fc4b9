/** Work that Ctrl-C or SIGTERM cancels. */
export interface Abortable {
  readonly signal: AbortSignal;
  /** Must be called after the work; from then on a signal ends the process again. */
  release(): void;
}

/** Aborts work at the first signal; a second one ends the process at once. */
export function abortOnSignals(): Abortable {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

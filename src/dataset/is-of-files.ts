/** Whether a failure is one of this machine's files and folders: no other names a system call, but those of sockets. */
export function isOfFiles(cause: unknown): boolean {
  const { syscall } = (cause ?? {}) as { syscall?: unknown };
  return typeof syscall === 'string' && !/^(connect|getaddrinfo|listen|bind|socket|shutdown)/.test(syscall);
}

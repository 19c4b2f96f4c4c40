/** Waits for somebody to ask this process to end. A second ask does not wait for the good order. */
export function untilAskedToStop(impatient: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    // SIGHUP: the terminal was closed.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) impatient();
        asked = true;
        resolve(signal);
      });
    }
  });
}

/**
 * Signals that fire when others do, and let go of these.
 *
 * @module
 */

/** Has a controller's signal fire when one of the others does, until it is disposed of. */
export function linked(controller: AbortController, others: readonly AbortSignal[]): Disposable {
  const links = others.map((other) => {
    const stop = (): void => controller.abort(other.reason);
    if (other.aborted) stop();
    else other.addEventListener("abort", stop, { once: true });
    return () => other.removeEventListener("abort", stop);
  });
  return {
    [Symbol.dispose]: () => {
      for (const unlink of links) unlink();
    },
  };
}

/**
 * A place that keeps nothing: what goes there has only been read and hashed.
 *
 * @module
 */
import type { PartWriter, Store, Ticket } from "../store.ts";

const ticket: Ticket = { kind: "nowhere" };

/** The store, as far as parts need it. */
export const nowhere: Pick<Store, "ticket"> = { ticket: async () => ticket };

/** Takes any part of any object. */
export const toNowhere: PartWriter & { readonly ticket: Ticket } = {
  ticket,
  writePart: async ({ number }) => ({ number, etag: undefined }),
  writeAt: async () => undefined,
};

/** Whether a ticket leads to this place. */
export function isNowhere({ kind }: Ticket): boolean {
  return kind === ticket.kind;
}

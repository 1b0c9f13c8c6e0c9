/**
 * The store in memory under contract: the reference, so there are no exceptions.
 *
 * @module
 */
import { MemoryStore } from "../../src/store/memory/store.ts";
import { storeContract } from "./store-contract.ts";

storeContract("a store in memory", async () => ({
  store: new MemoryStore(),
  pageSize: 1000,
  longestKey: 1024,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));

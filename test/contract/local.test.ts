/**
 * A directory under contract.
 *
 * @module
 */
import { LocalStore } from "../../src/store/local/store.ts";
import { TempDir } from "../support/temp-dir.ts";
import { storeContract } from "./store-contract.ts";

storeContract("a directory", async () => {
  const dir = new TempDir();
  const store = new LocalStore(dir.path, {
    side: "target",
    ignoreLinks: false,
    guessContentType: false,
    removeLeftovers: false,
    sync: false,
  });
  return {
    store,
    pageSize: 1000,
    longestKey: 1024,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      dir[Symbol.dispose]();
    },
  };
});

/**
 * Several callbacks as one.
 *
 * @module
 */
import type { Callbacks, Filter, Preprocess } from "../../core/callbacks.ts";

/** Asks all filters until one says no; `undefined` if there is none. */
export function filterOfAll(all: readonly Callbacks[]): Filter | undefined {
  let whole: Filter | undefined;
  for (const each of all) {
    // Its methods may want their object.
    if (each.filter !== undefined) whole = both(whole, each.filter.bind(each));
  }
  return whole;
}

function both(first: Filter | undefined, second: Filter): Filter {
  if (first === undefined) return second;
  return (object) => {
    const answer = first(object);
    if (answer instanceof Promise) {
      return answer.then((takesPart) => (takesPart === true ? second(object) : takesPart));
    }
    return answer === true ? second(object) : answer;
  };
}

/** Each gets what the one before has given; `undefined` if there is none. */
export function preprocessOfAll(all: readonly Callbacks[]): Preprocess | undefined {
  const [first, ...others] = all.flatMap((each) => each.preprocess?.bind(each) ?? []);
  if (first === undefined || others.length === 0) return first;
  return async (object, given) => {
    let upload = await first(object, given);
    for (const preprocess of others) {
      if (upload !== false) upload = await preprocess(object, upload);
    }
    return upload;
  };
}

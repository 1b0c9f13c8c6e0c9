/**
 * What a regular expression means, apart from how it was written.
 *
 * @module
 */
import type { CodePoints } from "./code-points.ts";

/** A place between two characters. */
export type Place = "text-start" | "text-end" | "line-start" | "line-end" | WordPlace;

/** A place that depends on what is a word. The half ones look at one side only. */
export type WordPlace =
  | "word-boundary"
  | "no-word-boundary"
  | "word-start"
  | "word-end"
  | "word-start-half"
  | "word-end-half";

/** Whether a place is one of words. */
export function isWordPlace(place: Place): place is WordPlace {
  return place.includes("word");
}

/** A regular expression. */
export type Node =
  /** One character of a set. */
  | { readonly kind: "set"; readonly set: CodePoints }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly items: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly item: Node;
      readonly min: number;
      /** May be infinite. */
      readonly max: number;
      readonly greedy: boolean;
    }
  /** Remembers what it matched, for a reference. Numbers from 1. */
  | { readonly kind: "group"; readonly item: Node; readonly number: number }
  | { readonly kind: "place"; readonly place: Place }
  | {
      readonly kind: "look";
      readonly ahead: boolean;
      readonly negative: boolean;
      readonly item: Node;
    }
  | { readonly kind: "reference"; readonly number: number; readonly caseless: boolean }
  /** What it matched first is what it matches. */
  | { readonly kind: "atomic"; readonly item: Node };

/** Matches nothing, anywhere. */
export const nothing: Node = { kind: "sequence", items: [] };

/** The nodes directly inside. */
export function inside(node: Node): readonly Node[] {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.items;
    case "repeat":
    case "group":
    case "look":
    case "atomic":
      return [node.item];
    case "set":
    case "place":
    case "reference":
      return [];
  }
}

/** Whether a node or one inside it has a property. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || inside(node).some((each) => some(each, test));
}

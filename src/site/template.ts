/**
 * Templates of generated pages.
 *
 * @module
 */

/** A template that can be filled in. */
export interface Template {
  readonly text: string;
}

/** @throws SyncError `usage` that names the line */
export function parseTemplate(text: string): Template {
  return { text };
}

/** The page that is made where nobody gives a template. */
export const defaultTemplate: Template = parseTemplate("");

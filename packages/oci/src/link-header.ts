import { createTextScanner, type Take } from './text-scanner.ts';

/**
 * The Link header that leads to the next page (RFC 8288).
 * @param pathAndQuery what stands outside the characters of a URI is percent-encoded, so that nothing can leave the header.
 */
export function formatNextLink(pathAndQuery: string): string {
  const safe = pathAndQuery
    .toWellFormed()
    .replace(/[^\x21-\x7e]|[<>"]/gu, (character) => encodeURIComponent(character));
  return `<${safe}>; rel="next"`;
}

const SEPARATORS = /[ \t,]*/y;
const TARGET = /<([^<>]*)>/y;
const PARAMETER_START = /[ \t]*;[ \t;]*/y;
const PARAMETER_NAME = /[^\s=;,"<>]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const PARAMETER_VALUE = /"((?:[^"\\]|\\.)*)"|[^\s;,"<>]*/y;

/** The target of the first link whose relations include `next`, as written (absolute or relative); undefined without one. */
export function parseNextLink(header: string | null | undefined): string | undefined {
  const take = createTextScanner(header ?? '');
  for (;;) {
    take(SEPARATORS);
    const target = take(TARGET)?.[1];
    if (target === undefined) return undefined;
    if (readRelations(take).includes('next')) return target;
  }
}

/** Reads all parameters of a link. Of several `rel`, the first counts (RFC 8288 §3.3). */
function readRelations(take: Take): readonly string[] {
  let relations: readonly string[] | undefined;
  while (take(PARAMETER_START) !== null) {
    const name = take(PARAMETER_NAME)?.[0].toLowerCase();
    const value = take(EQUALS) === null ? null : take(PARAMETER_VALUE);
    if (name === 'rel' && value !== null) relations ??= (value[1] ?? value[0]).toLowerCase().split(/\s+/);
  }
  return relations ?? [];
}

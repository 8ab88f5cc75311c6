import { existsSync } from 'node:fs';
import { isDigest } from '@roadstead/oci';

/** A layout on the command line, and which of its entries is meant. */
export interface LayoutArgument {
  readonly location: string;
  /** A name or a digest. */
  readonly selector: string | undefined;
}

/** Reads `PATH`, `PATH:NAME` or `PATH@DIGEST`. What exists as a whole is a path, whatever it looks like. */
export function splitLayoutArgument(text: string, exists: (path: string) => boolean = existsSync): LayoutArgument {
  if (exists(text)) return { location: text, selector: undefined };
  const at = text.lastIndexOf('@');
  const digest = text.slice(at + 1);
  if (at > 0 && isDigest(digest)) return { location: text.slice(0, at), selector: digest };
  // A name may hold colons, so the path is the shortest beginning that exists.
  for (let colon = text.indexOf(':'); colon > 0; colon = text.indexOf(':', colon + 1)) {
    const location = text.slice(0, colon);
    if (exists(location)) return { location, selector: text.slice(colon + 1) };
  }
  return { location: text, selector: undefined };
}

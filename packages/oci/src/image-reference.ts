import type { Digest } from './digest.ts';
import { parseDigest } from './digest.ts';
import { OciError } from './errors.ts';
import { parseRepositoryName } from './name.ts';
import { quoteForMessage } from './quote-for-message.ts';
import { parseTag } from './reference.ts';

/** An image as people write it: `registry.example.com:5000/team/app:1.2@sha256:…`. */
export interface ImageReference {
  /** Host and, where given, port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface ImageReferenceOptions {
  /** Taken when the text names no registry. Without it such a text is refused. */
  readonly defaultRegistry?: string;
}

const HOST_FORM = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,253}[a-zA-Z0-9])?|\[[0-9a-fA-F:.]{2,45}\])(?::(\d{1,5}))?$/;

/**
 * Reads `host[:port]/name[:tag][@digest]`. As for Docker, the first segment is a host when it holds a dot or a colon or
 * is `localhost`.
 * @throws OciError NAME_INVALID, TAG_INVALID or DIGEST_INVALID, with a sentence for the person who typed it.
 */
export function parseImageReference(text: string, options: ImageReferenceOptions = {}): ImageReference {
  if (text.includes('://')) {
    throw new OciError('NAME_INVALID', `Write ${quoteForMessage(text)} without the part up to "://".`);
  }
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  const { registry, rest } = splitRegistry(at < 0 ? text : text.slice(0, at), options.defaultRegistry);
  const colon = rest.indexOf(':');
  const repository = parseRepositoryName(colon < 0 ? rest : rest.slice(0, colon));
  return {
    registry,
    repository,
    ...(colon < 0 ? {} : { tag: parseTag(rest.slice(colon + 1)) }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function splitRegistry(text: string, defaultRegistry: string | undefined): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  if (first === 'localhost' || /[.:]/.test(first)) {
    return { registry: parseRegistryHost(first), rest: text.slice(slash + 1) };
  }
  if (defaultRegistry !== undefined) return { registry: defaultRegistry, rest: text };
  throw new OciError(
    'NAME_INVALID',
    `${quoteForMessage(text)} does not say which registry it is on: write it as registry.example.com/project/name:tag.`,
  );
}

function parseRegistryHost(text: string): string {
  const match = HOST_FORM.exec(text);
  const port = match?.[1];
  if (match !== null && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535))) return text;
  throw new OciError('NAME_INVALID', `${quoteForMessage(text)} is not a registry's host name with an optional port.`);
}

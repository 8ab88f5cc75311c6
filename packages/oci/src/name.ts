import { OciError } from './errors.ts';
import { quoteForMessage } from './quote-for-message.ts';

/** Characters in a whole repository name; the spec advises 255 for clients' sake. */
export const MAX_REPOSITORY_NAME_LENGTH = 255;
/** Characters between two slashes. */
export const MAX_NAME_SEGMENT_LENGTH = 128;

/**
 * One segment of the spec's <name>: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`. A separator is told apart from the letters around
 * it by its first character, so the match is linear in the length.
 */
const SEGMENT_FORM = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;

/** Whether `text` is a repository name of the distribution spec, within this registry's lengths. */
export function isRepositoryName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_REPOSITORY_NAME_LENGTH) return false;
  return text.split('/').every((segment) => segment.length <= MAX_NAME_SEGMENT_LENGTH && SEGMENT_FORM.test(segment));
}

/**
 * @returns the name as it was given.
 * @throws OciError NAME_INVALID
 */
export function parseRepositoryName(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new OciError('NAME_INVALID', explainInvalidName(text));
}

function explainInvalidName(text: string): string {
  if (text.length > MAX_REPOSITORY_NAME_LENGTH) {
    return `A repository name has at most ${MAX_REPOSITORY_NAME_LENGTH} characters, and this one has ${text.length}.`;
  }
  if (text.split('/').some((segment) => segment.length > MAX_NAME_SEGMENT_LENGTH)) {
    return `Between two slashes, a repository name has at most ${MAX_NAME_SEGMENT_LENGTH} characters.`;
  }
  return (
    `${quoteForMessage(text)} is not a repository name: it is made of lower-case letters and digits, ` +
    'joined by ".", "_", "__" or dashes, in segments that "/" separates.'
  );
}

/** The first segment, which is the project that the repository lies in. */
export function projectOf(repositoryName: string): string {
  const slash = repositoryName.indexOf('/');
  return slash < 0 ? repositoryName : repositoryName.slice(0, slash);
}

import { escapeLike } from '../../db/like-pattern.ts';
import { ProductError } from '../../kernel/errors.ts';

const MAX_LENGTH = 255;
const FORM = /^[a-z0-9*._/-]+$/;

/**
 * A pattern of repositories in a project, without the project's name: `*` stands for any run of characters, slashes
 * included; all else for itself. So the same can be asked of a name here and of a column by LIKE.
 */
export function matchesRepository(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return name === first;
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** The pattern for LIKE with `\` as its escape. */
export function toLikePattern(pattern: string): string {
  return escapeLike(pattern).replaceAll(/\*+/g, '%');
}

/** @throws ProductError BAD_REQUEST with the rule */
export function assertRepositoryPattern(text: string): void {
  if (text.length <= MAX_LENGTH && FORM.test(text)) return;
  throw new ProductError(
    'BAD_REQUEST',
    `a pattern of repositories has 1 to ${MAX_LENGTH} characters: those of repository names, and * for any others`,
  );
}

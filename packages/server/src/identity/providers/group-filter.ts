import { RE2JS } from 're2js';
import { ProductError } from '../../kernel/errors.ts';

const MAX_PATTERN_LENGTH = 255;
const MAX_GROUP_LENGTH = 1_024;

/**
 * A test for names of groups. The expressions are those of RE2, which Harbor has too: it takes a time that grows with the name and
 * not with what an administrator wrote. It is looked for anywhere in the name: `^` and `$` bind it.
 * @throws ProductError VALIDATION when the pattern is none
 */
export function createGroupFilter(pattern: string): (group: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) throw notAFilter();
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw notAFilter(cause);
  }
  return (group) => group.length <= MAX_GROUP_LENGTH && compiled.matcher(group).find();
}

function notAFilter(cause?: unknown): ProductError {
  const message = `settings.groupFilter must be a regular expression as RE2 knows them, of at most ${MAX_PATTERN_LENGTH} characters`;
  return new ProductError('VALIDATION', message, { cause });
}

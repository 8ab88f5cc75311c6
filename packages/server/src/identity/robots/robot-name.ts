import { ProductError } from '../../kernel/errors.ts';

/** Harbor's is 255, for project and name together too; a few are taken for what stands before it. */
const MAX_LENGTH = 240;
const FORM = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * The name that somebody gives a robot, without prefix and project: Harbor's rule.
 * @throws ProductError BAD_REQUEST with the rule
 */
function assertRobotName(text: string): void {
  if (text.length <= MAX_LENGTH && FORM.test(text)) return;
  throw new ProductError(
    'BAD_REQUEST',
    `a robot's name has 1 to ${MAX_LENGTH} characters: lower-case letters and digits, with single dots, dashes or underscores between them`,
  );
}

/**
 * Unique in the instance: no name of a project or of a robot holds a `+`.
 * @throws ProductError BAD_REQUEST with the rule
 */
export function fullRobotName(name: string, project: string | undefined): string {
  assertRobotName(name);
  const fullName = project === undefined ? name : `${project}+${name}`;
  if (fullName.length <= MAX_LENGTH) return fullName;
  throw new ProductError(
    'BAD_REQUEST',
    `a robot's name has ${MAX_LENGTH} characters at most, with that of its project`,
  );
}

/** The name as it was given. */
export function shortRobotName(fullName: string): string {
  return fullName.slice(fullName.indexOf('+') + 1);
}

import type { CaseRun } from '../fault-class.ts';
import type { Stage } from '../management/stage.ts';
import type { RawAnswer } from '../raw-answer.ts';
import type { RawRequest } from '../raw-request.ts';

/** An operation with a body, asked for by who may just so much. */
export interface BodyRoute {
  /** As the matrix of operations has it. */
  readonly route: string;
  readonly as: string;
  /** Members that are lawful here, and so smuggle nothing. */
  readonly takes: readonly string[];
  /** Those that are tried, where each costs much; default: all. */
  readonly families?: readonly string[];
  /** All of it is one case. */
  readonly isWhole?: true;
  open(run: CaseRun, stage: Stage): Promise<OpenRoute>;
}

export interface OpenRoute {
  request(body: string): RawRequest;
  /** The lawful members as the text of a document without its braces. @param name that nothing had before */
  members(name: string): string;
  /**
   * All that the administrator sees of what was made or changed, without what no two have in common.
   * @param name as of `members`
   */
  view(name: string, answer: RawAnswer): Promise<string>;
  /** Takes away what was made; absent where something was changed that stays the same. */
  remove?(name: string, answer: RawAnswer): Promise<void>;
  /** What no view shows. @returns what is wrong */
  prove?(): Promise<readonly string[]>;
}

/** What was said of an object, without its name, its number and the instants of now. */
export function plainView(views: readonly unknown[], name: string, id: number): string {
  return JSON.stringify(views)
    .replaceAll(name, 'NAME')
    .replaceAll(new RegExp(`"(id|user_id|project_id|entity_id)":${id}(?=[,}])`, 'g'), '"$1":"ID"')
    .replaceAll(/"20(?!00)\d\d-[^"]*Z"/g, '"INSTANT"')
    .replaceAll(/"expires_at":1\d{9}/g, '"expires_at":"SOON"');
}

/** The number at the end of `Location`, or of the document that came. */
export function idOf({ headers, body }: RawAnswer): number {
  const location = headers.get('location');
  if (location !== undefined) return Number(location.split('/').at(-1));
  return (JSON.parse(body.toString('utf8')) as { readonly id: number }).id;
}

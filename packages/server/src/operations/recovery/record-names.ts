/**
 * Names of records. The number of the fence is part of them: whoever has lost its lease never writes over what another has
 * written since.
 *
 *     head                                        what is the newest
 *     changes.<lineage>.<seq>.<fence>
 *     base.<lineage>.<base>.part.<part>.<fence>
 *     base.<lineage>.<base>.end.<fence>
 */
export const HEAD_NAME = 'head';

const SEQ_DIGITS = 12;
const DIGITS = 8;

export function nameChanges(lineage: string, seq: number, fence: number): string {
  return `changes.${lineage}.${pad(seq, SEQ_DIGITS)}.${pad(fence, DIGITS)}`;
}

export function nameBasePart(lineage: string, base: number, part: number, fence: number): string {
  return `base.${lineage}.${pad(base, DIGITS)}.part.${pad(part, DIGITS)}.${pad(fence, DIGITS)}`;
}

export function nameBaseEnd(lineage: string, base: number, fence: number): string {
  return `base.${lineage}.${pad(base, DIGITS)}.end.${pad(fence, DIGITS)}`;
}

export type ParsedRecordName =
  | { readonly kind: 'changes'; readonly lineage: string; readonly seq: number; readonly fence: number }
  | {
      readonly kind: 'base-part' | 'base-end';
      readonly lineage: string;
      readonly base: number;
      readonly fence: number;
    };

/** @returns undefined for what is none of these */
export function parseRecordName(name: string): ParsedRecordName | undefined {
  const [what, lineage = '', number, ...rest] = name.split('.');
  const fence = Number(rest.at(-1));
  if (what === 'changes' && rest.length === 1) return { kind: 'changes', lineage, seq: Number(number), fence };
  if (what !== 'base') return undefined;
  if (rest[0] === 'part' && rest.length === 3) return { kind: 'base-part', lineage, base: Number(number), fence };
  if (rest[0] === 'end' && rest.length === 2) return { kind: 'base-end', lineage, base: Number(number), fence };
  return undefined;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

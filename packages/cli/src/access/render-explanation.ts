import { findString, type JsonRecord, listOf, recordOf, stringsOf } from '../json-shape.ts';
import { renderTable } from '../terminal/render-table.ts';

const MAX_PATTERNS = 3;

/** What a server says of a token and the rules of a project, for people. */
export function renderExplanation(explanation: JsonRecord): string {
  const { issuer, audience, subject, expiresAt } = explanation;
  const facts = Object.entries({ Issuer: issuer, Audience: audience, Subject: subject, Until: expiresAt }).flatMap(
    ([name, value]) => (typeof value === 'string' ? [[`${name}:`, value]] : []),
  );
  const fault = findString(recordOf(explanation['fault']), 'message');
  const rules = listOf(explanation['rules']).map(recordOf);
  return [
    ...facts.map(([name = '', value]) => `${name.padEnd(10)}${value}`),
    ...(fault === undefined ? [] : [`The token is not in order, and no rule takes it: ${fault}.`]),
    ...(rules.length === 0 ? [] : ['', renderTable(['ID', 'RULE', 'TAKES IT', 'WHY NOT'], rules.map(toRow))]),
  ].join('\n');
}

/** Whether at least one rule takes the token. */
export function isTaken(explanation: JsonRecord): boolean {
  return listOf(explanation['rules']).some((rule) => recordOf(rule)['takes'] === true);
}

function toRow(rule: JsonRecord): readonly string[] {
  const reasons = [
    ...stringsOf(rule['obstacles']).map((obstacle) => describeObstacle(obstacle, rule)),
    ...listOf(rule['conditions'])
      .map(recordOf)
      .filter(({ outcome }) => outcome !== 'matches')
      .map(describeCondition),
  ];
  const takes = rule['takes'] === true;
  const why = takes || reasons.length > 0 ? reasons.join('\n') : 'the token is not in order';
  return [String(rule['id']), findString(rule, 'name') ?? '', takes ? 'yes' : 'no', why];
}

function describeObstacle(obstacle: string, rule: JsonRecord): string {
  if (obstacle === 'disabled') return 'it is disabled';
  if (obstacle === 'issuer') return `it is for the issuer ${findString(rule, 'issuer')}`;
  if (obstacle === 'audience') return `it is for the audience ${findString(rule, 'audience')}`;
  return obstacle;
}

/** Values as JSON: an empty one, or one with a space at its end, is seen. */
function describeCondition({ claim, value, patterns }: JsonRecord): string {
  const wanted = stringsOf(patterns);
  const more = wanted.length > MAX_PATTERNS ? ` or ${wanted.length - MAX_PATTERNS} more` : '';
  const shown = wanted
    .slice(0, MAX_PATTERNS)
    .map((pattern) => JSON.stringify(pattern))
    .join(' or ');
  const has = typeof value === 'string' ? `is ${JSON.stringify(value)}` : 'is missing';
  return `${claim} ${has}; it must be ${shown}${more}`;
}

export type PayloadValue = string | number | null | undefined;

/**
 * The one text that an entry is hashed as: a JSON object (RFC 8259) without blanks, its members sorted by name, those without a
 * value left out. So a field that a later version adds changes no entry from before it.
 * @throws RangeError for a number that is not a whole one
 */
export function formatPayload(fields: Readonly<Record<string, PayloadValue>>): string {
  const members: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name];
    if (value === null || value === undefined) continue;
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new RangeError(`the field ${name} has the number ${value}, which is not a whole one`);
    members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  return `{${members.join(',')}}`;
}

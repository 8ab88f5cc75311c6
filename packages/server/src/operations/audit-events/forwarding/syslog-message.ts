import { visibleText } from '../../../kernel/visible-text.ts';
import type { ShownEntry } from '../audit-rows.ts';

export interface SyslogSource {
  /** What the server is called by others. */
  readonly hostname: string;
  readonly instanceId: string;
}

/** Log audit (RFC 5424 § 6.2.1). */
const FACILITY = 13;
const WARNING = 4;
const NOTICE = 5;
const INFORMATIONAL = 6;
/** The enterprise number that RFC 5612 keeps for documentation: ours to use, and nobody's own. */
const STRUCTURED_DATA_ID = 'audit@32473';
const MAX_MSGID = 32;
const MAX_HOSTNAME = 255;
const MAX_PROCID = 128;
/** All receivers take 2 KiB, and most 8 KiB (RFC 5424 § 6.1): what is longer is the details. */
const MAX_DETAIL_BYTES = 4_096;
const MAX_VALUE_BYTES = 300;
const MAX_SENTENCE_BYTES = 600;
const BOM = '\ufeff';

/** An entry as a syslog message (RFC 5424), without a frame. */
export function toSyslogMessage(entry: ShownEntry, { hostname, instanceId }: SyslogSource): string {
  const severity = SEVERITIES[entry.outcome] ?? INFORMATIONAL;
  const header = [
    `<${FACILITY * 8 + severity}>1`,
    entry.at,
    toHeaderField(hostname, MAX_HOSTNAME),
    'roadstead',
    toHeaderField(instanceId, MAX_PROCID),
    toHeaderField(entry.kind, MAX_MSGID),
  ].join(' ');
  return `${header} ${toStructuredData(entry)} ${BOM}${toSentence(entry)}`;
}

const SEVERITIES: Readonly<Record<string, number>> = { done: INFORMATIONAL, refused: NOTICE, lost: WARNING };

/** Printable ASCII without blanks (§ 6). */
function toHeaderField(text: string, maxLength: number): string {
  const printable = text.replaceAll(/[^\u0021-\u007e]/g, '?').slice(0, maxLength);
  return printable === '' ? '-' : printable;
}

function toStructuredData(entry: ShownEntry): string {
  const { actor, project, repository } = entry;
  const detail = visibleText(JSON.stringify(entry.detail));
  const isCut = Buffer.byteLength(detail) > MAX_DETAIL_BYTES;
  const parameters: readonly (readonly [string, string | number | null | undefined])[] = [
    ['id', entry.id],
    ['outcome', entry.outcome],
    ['actor', actor.key],
    ['actorName', actor.name],
    ['projectId', project?.id],
    ['project', project?.name],
    ['repository', repository],
    ['resource', entry.resource],
    ['address', entry.address],
    ['userAgent', entry.userAgent],
    ['requestId', entry.requestId],
  ];
  const fields = parameters
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}="${escapeValue(cut(visibleText(String(value)), MAX_VALUE_BYTES))}"`);
  fields.push(`detail="${escapeValue(cut(detail, MAX_DETAIL_BYTES))}"`);
  if (isCut) fields.push('detailIsCut="true"');
  return `[${STRUCTURED_DATA_ID} ${fields.join(' ')}]`;
}

/** Not within a character. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
}

/** § 6.3.3 */
function escapeValue(text: string): string {
  return text.replaceAll(/["\\\]]/g, '\\$&');
}

function toSentence({ actor, kind, resource, outcome, address }: ShownEntry): string {
  const from = address === '' ? '' : ` from ${address}`;
  const of = resource === '' ? '' : ` ${resource}`;
  return cut(visibleText(`${actor.name} ${kind}${of} ${outcome}${from}`), MAX_SENTENCE_BYTES);
}

/** Octet counting (RFC 6587 § 3.4.1, and the framing of RFC 5425): the length in bytes, a blank, the message. */
export function toFrame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

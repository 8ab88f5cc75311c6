import { describe, expect, it } from 'vitest';
import { parseFrames, parseSyslogMessage } from '../../../../test/support/syslog-receiver.ts';
import type { ShownEntry } from '../audit-rows.ts';
import { toFrame, toSyslogMessage } from './syslog-message.ts';

const SOURCE = { hostname: 'registry.example', instanceId: 'main' };
const ENTRY: ShownEntry = {
  id: 42,
  at: '2030-01-01T00:00:00.000Z',
  kind: 'manifest.pulled',
  outcome: 'done',
  actor: { key: 'user:7', name: 'ann' },
  project: { id: 3, name: 'library' },
  repository: 'library/app',
  resource: 'library/app:v1',
  address: '192.0.2.1',
  userAgent: 'docker/29',
  requestId: 'request-1',
  detail: { digest: 'sha256:00', tag: 'v1' },
};

describe('a syslog message', () => {
  it('has every field of the entry in its place', () => {
    expect(toSyslogMessage(ENTRY, SOURCE)).toBe(
      '<110>1 2030-01-01T00:00:00.000Z registry.example roadstead main manifest.pulled ' +
        '[audit@32473 id="42" outcome="done" actor="user:7" actorName="ann" projectId="3" project="library" ' +
        'repository="library/app" resource="library/app:v1" address="192.0.2.1" userAgent="docker/29" ' +
        'requestId="request-1" detail="{\\"digest\\":\\"sha256:00\\",\\"tag\\":\\"v1\\"}"] ' +
        '\ufeffann manifest.pulled library/app:v1 done from 192.0.2.1',
    );
  });

  it('says by its severity what was refused and what was lost', () => {
    const severityOf = (outcome: string) => parseSyslogMessage(toSyslogMessage({ ...ENTRY, outcome }, SOURCE)).priority;
    expect(['done', 'refused', 'lost', 'other'].map(severityOf)).toEqual([110, 109, 108, 110]);
  });

  it.each<readonly [name: string, text?: string]>([
    ['a"b'],
    ['a\\b'],
    ['a]b'],
    ['"] forged="yes'],
    ['\\"] [x@1 y="z"]'],
    ['line\r\n<110>1 - - - - - - forged'],
    ['line\nnext'],
    ['nul\u0000'],
    ['\u001b[31mred'],
    ['\u202eright to left'],
    ['größe ✓ 日本 🚢'],
    ['lone\ud800surrogate'],
    ['much of x', 'x'.repeat(20_000)],
    ['much of ships', '🚢'.repeat(3_000)],
  ])('stays one message with its own fields, whatever stands in them: %j', (name = '', text = name) => {
    const entry: ShownEntry = {
      ...ENTRY,
      kind: text,
      userAgent: text,
      resource: text,
      actor: { key: text, name: text },
      detail: { text },
    };
    const source = { hostname: text, instanceId: text };
    const frames = parseFrames(Buffer.from(toFrame(toSyslogMessage(entry, source)) + toFrame('next')));
    expect(frames).toHaveLength(2);
    const [frame = ''] = frames;
    expect(Buffer.byteLength(frame)).toBeLessThan(12_288);
    // Nothing but the mark before the text is a control or turns it around.
    expect(frame.replace('\ufeff', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/);
    const parsed = parseSyslogMessage(frame);
    expect(Object.keys(parsed.fields)).toEqual(
      expect.arrayContaining(['id', 'outcome', 'actor', 'actorName', 'resource', 'address', 'userAgent', 'detail']),
    );
    expect(Object.keys(parsed.fields)).not.toContain('forged');
    expect(parsed.fields['id']).toBe('42');
    if (text.length < 100 && !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\ud800-\udbff]/.test(text)) {
      expect(parsed.fields['userAgent']).toBe(text);
    }
    expect(parsed.fields['detailIsCut']).toBe(text.length > 4_096 ? 'true' : undefined);
  });
});

import { checkServer } from '../support/check/check-server.ts';
import { type Findings, listFindings } from '../support/check/findings.ts';
import { NO_LEDGER } from '../support/ledger/ledger.ts';
import type { LedgerState } from '../support/ledger/ledger-state.ts';
import type { PushedManifest } from './load/shared-content.ts';
import type { ScaleBench } from './scale-bench.ts';

export interface PlantedLook {
  readonly name: string;
  readonly isSeen: boolean;
}

/** The checks themselves are held against losses that are made for them, behind the ledger's back. */
export async function plantLosses(
  bench: ScaleBench,
  state: LedgerState,
  kept: readonly PushedManifest[],
): Promise<readonly PlantedLook[]> {
  const [node, other] = bench.nodes;
  const images = kept.filter(({ manifest }) => manifest.manifests.length === 0 && manifest.blobs.length > 1);
  // What an index lists cannot be deleted.
  const listed = new Set(kept.flatMap(({ manifest }) => manifest.manifests.map(({ digest }) => digest)));
  const lost = images.findLast(({ manifest }) => !listed.has(manifest.digest));
  const [wrong, phantom] = images.filter((image) => image !== lost).slice(-2);
  if (node === undefined || other === undefined || lost === undefined || wrong === undefined || phantom === undefined)
    return [{ name: 'anything', isSeen: false }];
  const headers = { 'Content-Type': wrong.manifest.mediaType };
  await node.client.ask('DELETE', `/v2/${lost.repository}/manifests/${lost.manifest.digest}`);
  const tagOf = ({ manifest }: PushedManifest) => `kept-${manifest.digest.slice(-16)}`;
  const put = (repository: string, tag: string, body: Buffer) =>
    node.client.ask('PUT', `/v2/${repository}/manifests/${tag}`, { headers, body });
  const document = { ...JSON.parse(wrong.manifest.bytes.toString('utf8')), annotations: { planted: 'yes' } };
  await put(wrong.repository, tagOf(wrong), Buffer.from(JSON.stringify(document)));
  await put(phantom.repository, 'planted-phantom', phantom.manifest.bytes);
  const findings = listFindings(await look(other.client, state));
  const has = (...words: readonly string[]) =>
    findings.some((finding) => words.every((word) => finding.includes(word)));
  return [
    { name: 'a manifest that is gone', isSeen: has('lost', lost.manifest.digest) },
    { name: 'a tag that stands elsewhere', isSeen: has(tagOf(wrong)) },
    { name: 'a tag that nobody made', isSeen: has('phantom', 'planted-phantom') },
  ];
}

function look(client: Parameters<typeof checkServer>[0]['client'], state: LedgerState): Promise<Findings> {
  return checkServer({
    client,
    state,
    recorder: NO_LEDGER,
    since: Number.POSITIVE_INFINITY,
    sample: undefined,
    isCollecting: true,
    uploads: 'not-looked-at',
  });
}

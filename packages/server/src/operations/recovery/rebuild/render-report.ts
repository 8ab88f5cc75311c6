import type { RebuildReport } from './rebuild-database.ts';
import { isWhole } from './rebuild-database.ts';

const MAX_TAGS = 5;

/** The report in sentences, for people. */
export function renderReport(report: RebuildReport): string {
  const { rows, blobs } = report;
  const count = (table: string) => rows.counts[table] ?? 0;
  const lines = [
    `The instance ${report.instance} is rebuilt as it was at ${new Date(report.restoredTo).toISOString()}, ` +
      `${Math.round(report.ageMs / 1_000)} s ago: what was changed later is lost.`,
    `${count('projects')} projects, ${count('repositories')} repositories, ${count('manifests')} manifests ` +
      `(each digest computed again), ${count('tags')} tags, ${count('blobs')} blobs, ${count('users')} users.`,
    ...describeLoss(report),
    describeVerification(report),
    ...blobs.bad.flatMap(({ digests, reason, uses }) => [
      `Missing: ${digests.join(', ')}: ${reason}. It counts as absent until it is pushed again. Needed by`,
      ...uses.map(({ repository, tags, manifest, isTrashed }) => {
        const names = tags.slice(0, MAX_TAGS).join(', ') + (tags.length > MAX_TAGS ? ' …' : '');
        return `  ${repository} ${manifest}${names === '' ? '' : ` (${names})`}${isTrashed ? ', in the trash' : ''}`;
      }),
    ]),
  ];
  if (blobs.unused > 0) {
    lines.push(`${blobs.unused} blobs that nothing needs have no stored copy any more: the collector had removed it.`);
  }
  if (report.unreferenced > 0) {
    lines.push(
      `${report.unreferenced} stored objects belong to nothing that was restored; they are left there. They came after the ` +
        'last shipment: who pushed them pushes again. The collector removes them as strays in its own time.',
    );
  }
  lines.push(isWhole(report) ? 'Nothing that was shipped is missing.' : 'Not everything is there: see above.');
  return `${lines.join('\n')}\n`;
}

function describeLoss({ gap, badRecords, rows }: RebuildReport): readonly string[] {
  const lines = badRecords.map(({ name, reason }) => `The record ${name} cannot be used: ${reason}.`);
  if (gap !== undefined) {
    lines.push(
      `The records of changes are broken off before number ${gap.seq}, and there is one of number ${gap.newestSeq}: ` +
        'what was changed in between and since is lost, unless the missing records can be brought back.',
    );
  }
  for (const { digest } of rows.damagedManifests) {
    lines.push(`The manifest ${digest} is left out: its bytes are not those of its digest.`);
  }
  if (rows.leftOutTags > 0) lines.push(`${rows.leftOutTags} tags that stood at such manifests are left out.`);
  if (rows.unopened.length > 0) {
    lines.push(
      `${rows.unopened.length} secrets do not open with this master key and are left empty. Set passwords anew: ` +
        '`roadstead admin reset-password`.',
    );
  }
  return lines;
}

function describeVerification({ verify, blobs }: RebuildReport): string {
  if (verify === 'none') return 'Blobs were not verified.';
  const how = verify === 'size' ? 'by their size' : 'by their digest';
  return `${blobs.checked} blobs of ${blobs.checkedBytes} bytes verified ${how}.`;
}

import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { type RawRequest, showBytes, toByteString } from '../raw-request.ts';
import { EMPTY_INDEX } from '../seeded-content.ts';

const ZEROS = `sha256:${'0'.repeat(64)}`;

/** Validators that no tag has now; `digest` is the one that the tag is at. */
function listFailingIfMatch(digest: string): readonly string[] {
  return [
    ...[
      `"${ZEROS}"`,
      ZEROS,
      '""',
      '"',
      '"*"',
      '**',
      '"*',
      'W/*',
      'W/""',
      'W/',
      ',',
      ',,,',
      '" "',
      `"${digest}`.slice(0, 40),
    ],
    ...[
      `W/"${digest}"`,
      `w/"${digest}"`,
      `"${digest.toUpperCase()}"`,
      `"${digest} "`,
      `" ${digest}"`,
      `'${digest}'`,
      `<${digest}>`,
    ],
    ...[
      `"${digest.slice(0, -1)}"`,
      `"${digest}0"`,
      `"${digest.slice(7)}"`,
      `"sha512:${digest.slice(7)}"`,
      '"latest"',
      'latest',
      '1',
    ],
    ...[
      `"${'a'.repeat(8_000)}"`,
      '"a",'.repeat(2_000),
      'W/'.repeat(3_000),
      '"'.repeat(8_001),
      '\\"',
      toByteString('"é"'),
      '\xff',
    ],
    ...[
      '__proto__',
      'constructor',
      'undefined',
      'null',
      'true',
      '0',
      "' or 1=1--",
      `"${digest.replace(':', '%3A')}"`,
      '\t"x"',
    ],
  ];
}

/** Conditions that exclude what is there now. */
function listFailingIfNoneMatch(digest: string): readonly string[] {
  return [
    '*',
    ` * `,
    `"${digest}"`,
    `W/"${digest}"`,
    digest,
    `"x", "${digest}"`,
    `"x","y",W/"${digest}"`,
    `,"${digest}",`,
  ];
}

/** Pushes whose condition does not hold, and so must change nothing (RFC 9110 §13.1). */
export function createConditionCases({ content }: Target): {
  readonly cases: readonly FaultCase[];
  readonly corpusSize: number;
} {
  const { repository, image } = content;
  const put = (tag: string, header: string, value: string): RawRequest => ({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${tag}`,
    headers: [
      ['Content-Type', EMPTY_INDEX.mediaType],
      [header, value],
    ],
    body: EMPTY_INDEX.bytes,
  });
  const requests = [
    ...listFailingIfMatch(image.digest).map((value) => put('latest', 'If-Match', value)),
    ...listFailingIfMatch(image.digest).map((value) => put('not-there', 'If-Match', value)),
    put('not-there', 'If-Match', '*'),
    ...listFailingIfNoneMatch(image.digest).map((value) => put('latest', 'If-None-Match', value)),
  ];
  return { cases: requests.map(conditionCase), corpusSize: requests.length };
}

function conditionCase(request: RawRequest): FaultCase {
  const [name, value] = request.headers?.at(-1) ?? ['', ''];
  return {
    name: `PUT ${request.target} with ${name}: ${showBytes(value)}`,
    run: async (run) => {
      await expectStatus(run, request, [412]);
    },
  };
}

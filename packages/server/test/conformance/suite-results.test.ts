import { describe, expect, it } from 'vitest';
import { isPerfect, parseSuiteResults } from './suite-results.ts';

const clean = { apis: { Ping: 'Pass' }, data: { Image: 'Pass' } };
const junit = (attributes: string, cases: string) =>
  `<testsuites ${attributes}><testsuite tests="1">${cases}</testsuite></testsuites>`;
const passing = '<testcase name="ping" status="passed"></testcase>';

describe('the results of the OCI suite', () => {
  it('are perfect when everything passed', () => {
    const results = parseSuiteResults(junit('tests="1"', passing), clean);
    expect(results).toMatchObject({ tests: 1, passed: 1, failed: 0, skipped: 0, disabled: 0 });
    expect(isPerfect(results)).toBe(true);
  });

  it('are not perfect when nothing ran', () => {
    expect(isPerfect(parseSuiteResults(junit('', ''), clean))).toBe(false);
  });

  it.each(['failures', 'errors', 'skipped', 'disabled'])('are not perfect with one of %s', (attribute) => {
    const results = parseSuiteResults(junit(`tests="2" ${attribute}="1"`, passing), clean);
    expect(results.passed).toBe(1);
    expect(isPerfect(results)).toBe(false);
  });

  it('are not perfect when a data set was switched off, which no count shows', () => {
    const results = parseSuiteResults(junit('tests="1"', passing), {
      apis: { Ping: 'Pass' },
      data: { 'Sparse Manifests': 'Disabled' },
    });
    expect(results.unproven).toEqual(['Sparse Manifests: Disabled']);
    expect(isPerfect(results)).toBe(false);
  });

  it('name the case that was left out, with its message', () => {
    const skipped =
      '<testcase name="blobs/mount" status="skipped"><system-out>status 202 &lt;unsupported&gt; &#34;x&#34;&#xA;</system-out></testcase>';
    const { imperfect } = parseSuiteResults(junit('tests="2" skipped="1"', passing + skipped), clean);
    expect(imperfect).toEqual([{ name: 'blobs/mount', status: 'skipped', message: 'status 202 <unsupported> "x"\n' }]);
  });

  it('are refused when a section is missing, rather than taken for passed', () => {
    expect(() => parseSuiteResults(junit('tests="1"', passing), { apis: {} })).toThrow('no section data');
  });
});

import type { FaultClass } from '../fault-class.ts';
import type { DefectResult } from '../report.ts';
import { type ClassEnvironment, findClassFaults, runClass } from '../run-class.ts';
import { startDefectiveProxy } from './defective-proxy.ts';
import type { PlantedDefect } from './planted-defect.ts';
import { PLANTED_DEFECTS } from './planted-defects.ts';

/** As many cases as show a defect: the whole corpus was run without it. */
const MAX_CASES = 40;

/**
 * Runs each class again before a server with one defect, with the same checks: a class that sees nothing wrong then could
 * not be believed before.
 */
export async function runPlantedDefects(
  createClass: (name: string) => FaultClass | undefined,
  environment: ClassEnvironment,
): Promise<readonly DefectResult[]> {
  const results: DefectResult[] = [];
  for (const defect of PLANTED_DEFECTS) {
    const faultClass = createClass(defect.className);
    if (faultClass !== undefined) results.push(await runDefect(defect, faultClass, environment));
  }
  return results;
}

async function runDefect(
  defect: PlantedDefect,
  faultClass: FaultClass,
  environment: ClassEnvironment,
): Promise<DefectResult> {
  const { className, name, expected } = defect;
  const { target } = environment;
  const proxy = await startDefectiveProxy(target.port, defect);
  try {
    const cases = faultClass.cases.filter((faultCase) => defect.selects(faultCase)).slice(0, MAX_CASES);
    const result = await runClass(
      { ...faultClass, cases },
      { ...environment, target: { ...target, port: proxy.port } },
    );
    const findings = [...result.failures, ...findClassFaults(result)];
    return { className, name, findings: findings.filter((finding) => expected.test(finding)) };
  } finally {
    await proxy.close();
  }
}

import type { FaultCase } from '../fault-class.ts';
import type { ProxyDefect } from './defective-proxy.ts';

/** One thing that a registry could do wrong, and the cases of the class that must see it. */
export interface PlantedDefect extends ProxyDefect {
  readonly className: string;
  readonly name: string;
  /** The class runs only what can meet the defect: the rest was run without it. */
  selects(faultCase: FaultCase): boolean;
  /** What the finding must speak of: a defect that is found for another reason was not found. */
  readonly expected: RegExp;
}

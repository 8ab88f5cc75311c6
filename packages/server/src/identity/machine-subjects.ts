import { ProductError } from '../kernel/errors.ts';
import type { Principal } from '../kernel/principal.ts';
import type { AccessTokens } from './access-tokens/access-tokens.ts';
import { acceptsEpoch, isUsableAt, type Robot } from './robots/robot.ts';
import type { Robots } from './robots/robots.ts';
import type { MachineSubject } from './token-claims.ts';
import type { WorkloadRules } from './workload/workload-rules.ts';

type MachinePrincipal = Extract<Principal, { readonly kind: 'robot' | 'access-token' | 'workload' }>;
type WorkloadSubject = Extract<MachineSubject, { readonly kind: 'workload' }>;

export interface MachineSubjectDependencies {
  readonly robots: Pick<Robots, 'find' | 'findRecent' | 'loginNameOf'>;
  readonly accessTokens: Pick<AccessTokens, 'findRecent'>;
  readonly workloadRules: Pick<WorkloadRules, 'findRecent'>;
  readonly now: () => number;
}

/** Robots, access tokens and workloads as what registry tokens speak for. */
export class MachineSubjects {
  readonly #deps: MachineSubjectDependencies;

  constructor(dependencies: MachineSubjectDependencies) {
    this.#deps = dependencies;
  }

  /**
   * What a registry token for the principal says; one that has signed in is bound to the epoch of that.
   * @throws ProductError UNAUTHORIZED when it is gone
   */
  async subjectOf(principal: MachinePrincipal): Promise<MachineSubject> {
    if (principal.kind === 'robot') {
      const epoch = 'epoch' in principal ? Number(principal.epoch) : (await this.#getRobot(principal.id)).epoch;
      return { kind: 'robot', id: principal.id, epoch };
    }
    if (principal.kind === 'workload') {
      const { kind, issuer, subject, rules } = principal;
      return { kind, issuer, subject, rules };
    }
    const { id, userId } = principal;
    const found = 'tokenEpoch' in principal ? principal : await this.#deps.accessTokens.findRecent(id);
    if (found === undefined || !('tokenEpoch' in found)) {
      throw new ProductError('UNAUTHORIZED', 'this access token does not exist any more');
    }
    return { kind: 'access-token', id, userId, epoch: Number(found.tokenEpoch) };
  }

  /** As it is now, give or take two seconds; undefined when it may do nothing any more. */
  async findPrincipal(subject: MachineSubject): Promise<MachinePrincipal | undefined> {
    const { robots, accessTokens, now } = this.#deps;
    if (subject.kind === 'access-token') {
      const holder = await accessTokens.findRecent(subject.id);
      return holder?.userId === subject.userId && holder.tokenEpoch === subject.epoch ? holder : undefined;
    }
    if (subject.kind === 'workload') return this.#findWorkload(subject);
    const robot = await robots.findRecent(subject.id);
    if (robot === undefined || !isUsableAt(robot, now()) || !acceptsEpoch(robot, subject.epoch, now()))
      return undefined;
    return { kind: 'robot', id: robot.id, name: await robots.loginNameOf(robot) };
  }

  /**
   * With those of its rules that are what they were. The others give nothing any more, and take nothing from these: else whoever makes
   * a rule that matches the pipelines of another project could end their tokens with it.
   */
  async #findWorkload(workload: WorkloadSubject): Promise<MachinePrincipal | undefined> {
    const isKept = async ({ id, version }: WorkloadSubject['rules'][number]) => {
      const rule = await this.#deps.workloadRules.findRecent(id);
      return rule !== undefined && !rule.isDisabled && rule.version === version;
    };
    const kept = await Promise.all(workload.rules.map(isKept));
    const rules = workload.rules.filter((_rule, index) => kept[index]);
    return rules.length === 0 ? undefined : { ...workload, rules, name: workload.subject };
  }

  async #getRobot(id: number): Promise<Robot> {
    const robot = await this.#deps.robots.find(id);
    if (robot === undefined) throw new ProductError('UNAUTHORIZED', 'this robot does not exist any more');
    return robot;
  }
}

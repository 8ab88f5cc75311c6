import { isRepositoryName, isTag, OciError, parseReference, projectOf, quoteForMessage } from '@roadstead/oci';
import type { Promotion } from '../../content/artifacts/promote-artifact.ts';
import type { Content } from '../../content/content.ts';
import type { RepositoryRef } from '../../content/repository-ref.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Permission } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';
import { refusal } from '../project-access.ts';
import type { Projects } from '../projects.ts';

export interface PromotionRequest {
  /** `project/repository:tag` or `project/repository@digest` */
  readonly from: string;
  /** `project/repository` */
  readonly to: string;
  /** undefined: the tag that `from` names, if it names one */
  readonly tags: readonly string[] | undefined;
  readonly withLabels: boolean;
  readonly isDryRun: boolean;
}

export interface PromotionsDependencies {
  readonly projects: Pick<Projects, 'findDetails' | 'permissions'>;
  readonly content: Pick<Content, 'artifacts' | 'assertCanPull'>;
}

/** More at once would keep other writes waiting. */
const MAX_TAGS = 100;
const PULL: Permission = { resource: 'repository', action: 'pull' };
const PUSH: Permission = { resource: 'repository', action: 'push' };
const LABEL: Permission = { resource: 'artifact-label', action: 'create' };

/** Artifacts that go from one repository to another with everything that belongs to them. */
export class Promotions {
  readonly #deps: PromotionsDependencies;

  constructor(deps: PromotionsDependencies) {
    this.#deps = deps;
  }

  /**
   * For who may pull the one and push the other, as with a client that would do it. A project that is missing and one that is somebody
   * else's get the same refusal (invariant 13).
   * @throws ProductError BAD_REQUEST, UNAUTHORIZED, DENIED, PROJECT_NOT_FOUND; those of `promoteArtifact`; what the gates of pulls throw
   */
  async promote(request: PromotionRequest, actor: Actor): Promise<Promotion> {
    const { content } = this.#deps;
    const { name: from, reference } = readSource(request.from);
    const { to, tags = reference.kind === 'tag' ? [reference.tag] : [], withLabels, isDryRun } = request;
    assertTarget(from, to, tags);
    const source = await this.#admit(actor.principal, [PULL], from);
    const repository = await this.#admit(actor.principal, withLabels ? [PUSH, LABEL] : [PUSH], to);
    const { digest, references } = await content.artifacts.get(source, reference);
    const judged = { kind: 'digest', digest } as const;
    const asked = { source, reference: judged, repository, tags, withLabels, actor };
    // What must not be pulled is not given to another project either, nor are its parts.
    const plan = references.length === 0 ? undefined : await content.artifacts.promote({ ...asked, isDryRun: true });
    for (const each of plan?.manifests ?? [{ digest }]) {
      await content.assertCanPull(actor, {
        projectId: source.projectId,
        repository: from,
        digest: each.digest,
        tag: undefined,
      });
    }
    return isDryRun && plan !== undefined ? plan : content.artifacts.promote({ ...asked, isDryRun });
  }

  async #admit(principal: Principal, needed: readonly Permission[], repository: string): Promise<RepositoryRef> {
    const { projects } = this.#deps;
    const name = projectOf(repository);
    const project = await projects.findDetails(name);
    if (project === undefined) {
      if (!(await projects.permissions.canSeeEveryProject(principal))) throw refusal(principal);
      throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${quoteForMessage(name)}`);
    }
    for (const permission of needed) {
      if (!(await projects.permissions.can(principal, permission, { project, repository }))) throw refusal(principal);
    }
    return { projectId: project.id, name: repository };
  }
}

function readSource(from: string) {
  const [, name = '', text = ''] = /^([^@:]+)[@:](.+)$/.exec(from) ?? [];
  if (text === '' || !isInProject(name)) {
    throw new ProductError(
      'BAD_REQUEST',
      'from says what to promote: project/repository:tag or project/repository@digest',
    );
  }
  try {
    return { name, reference: parseReference(text) };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new ProductError('BAD_REQUEST', `from: ${error.message}`, { cause: error });
  }
}

function assertTarget(from: string, to: string, tags: readonly string[]): void {
  if (!isInProject(to)) throw new ProductError('BAD_REQUEST', 'to says where it goes: project/repository');
  if (from === to) throw new ProductError('BAD_REQUEST', 'from and to are one repository: give it a tag there instead');
  if (tags.length > MAX_TAGS) throw new ProductError('BAD_REQUEST', `tags: at most ${MAX_TAGS}`);
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) throw new ProductError('BAD_REQUEST', `${quoteForMessage(wrong)} is no name for a tag`);
}

function isInProject(name: string): boolean {
  return isRepositoryName(name) && projectOf(name) !== name;
}

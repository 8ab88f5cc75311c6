import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { HarborSession } from '../bench/harbor-session.ts';
import { asNotServedYet, NotServedYet } from '../bench/not-served-yet.ts';
import { type TerraformResource, terraformResources, waitingResources } from '../bench/terraform-resource.ts';
import { group, projectRobot, systemRobot, user } from '../harbor/terraform/account-resources.ts';
import {
  project,
  projectMemberGroup,
  projectMemberUser,
  projectWithAllowlist,
} from '../harbor/terraform/project-resources.ts';
import { ProviderClient } from '../harbor/terraform/provider-client.ts';
import { replayDataSources } from '../harbor/terraform/replay-data-sources.ts';
import { type ReplayedResource, replay, type Surroundings } from '../harbor/terraform/replayed-resource.ts';
import { label, registry, replication, webhook } from '../harbor/terraform/rule-resources.ts';
import {
  configAuth,
  configSecurity,
  configSystem,
  garbageCollection,
  interrogation,
  preheat,
  purgeAudit,
  replayMailSettings,
} from '../harbor/terraform/system-resources.ts';
import { immutableTagRule, retention } from '../harbor/terraform/tag-rule-resources.ts';

type Replay = (around: Surroundings) => Promise<void>;

function of<State extends object>(resource: ReplayedResource<State>): Replay {
  return (around) => replay(resource, around);
}

const REPLAYS: Readonly<Record<TerraformResource, Replay>> = {
  harbor_project: of(project),
  'harbor_project (CVE allowlist)': of(projectWithAllowlist),
  harbor_project_member_user: of(projectMemberUser),
  harbor_project_member_group: of(projectMemberGroup),
  'harbor_robot_account (system)': of(systemRobot),
  'harbor_robot_account (project)': of(projectRobot),
  harbor_registry: of(registry),
  harbor_replication: of(replication),
  harbor_retention_policy: of(retention),
  harbor_immutable_tag_rule: of(immutableTagRule),
  harbor_label: of(label),
  harbor_project_webhook: of(webhook),
  harbor_user: of(user),
  harbor_group: of(group),
  harbor_config_auth: of(configAuth),
  harbor_config_system: of(configSystem),
  harbor_config_security: of(configSecurity),
  harbor_config_email: replayMailSettings,
  harbor_garbage_collection: of(garbageCollection),
  harbor_purge_audit_log: of(purgeAudit),
  harbor_interrogation_services: of(interrogation),
  harbor_tasks: of(interrogation),
  harbor_preheat_instance: of(preheat),
  'data sources': replayDataSources,
};

/** Of what cannot be run yet, the server says so too. */
function asWaiting(error: unknown): unknown {
  const said = error instanceof Error ? error.message : String(error);
  return said.includes('scanning is not there yet') ? new NotServedYet(said) : asNotServedYet(error);
}

/** A project of its own below each resource, as most of them are configured. */
async function inProject(session: HarborSession, run: Replay): Promise<void> {
  const { api, registry: server, slug } = session;
  const provider = new ProviderClient(api, server.credentials);
  const projectName = `${slug}-home`;
  const made = await provider.create('/projects', { project_name: projectName, metadata: { public: 'false' } });
  try {
    await run({ provider, slug, origin: `http://${server.host}`, login: server.access, project: made, projectName });
  } finally {
    await provider.send('DELETE', made, null, 200);
  }
}

/**
 * What Terraform's provider for Harbor sends and reads, written after its published source and replayed by us: the provider itself
 * cannot be had from the Go module proxy.
 */
export function terraformProviderSuite(): ClientSuite {
  const cells = terraformResources.map(
    (resource): Cell<HarborSession> => ({
      operation: resource,
      run: (session) =>
        session.alone(async () => {
          try {
            await inProject(session, REPLAYS[resource]);
          } catch (error) {
            throw waitingResources.includes(resource) ? asWaiting(error) : error;
          }
        }),
    }),
  );
  const last: Cell<HarborSession> = {
    operation: 'leave nothing behind',
    run: (session) => session.alone(() => session.mustLeaveNothing()),
  };
  return createSuite<HarborSession>({
    client: 'Terraform provider',
    version: '(replayed)',
    tools: ['crane'],
    open: (bench) => HarborSession.open(bench, 'tool-terraform', bench.makeHome('terraform')),
    cells: [...cells, last],
  });
}

/** A workload as its CI system or cluster describes it, and the conditions of the rule that trusts it. */
export interface WorkloadShape {
  readonly conditions: Readonly<Record<string, readonly string[]>>;
  /** Without the issuer, the audience and the instants. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Kubernetes names the audience in a list. */
  readonly isAudienceListed?: boolean;
}

const SHA = '3f8a1c5e9b2d4f60718293a4b5c6d7e8f9012345';

/** The claims that each really has, as its documentation of OpenID Connect tokens lists them. */
export const WORKLOADS = {
  'a token of GitHub Actions': {
    conditions: { repository: ['octo-org/clients'], ref: ['refs/heads/main'], environment: ['prod*'] },
    claims: {
      sub: 'repo:octo-org/clients:environment:production',
      jti: '0c9a1f6e-6f0e-4c5e-8c53-2f5b8a2f0001',
      environment: 'production',
      ref: 'refs/heads/main',
      sha: SHA,
      repository: 'octo-org/clients',
      repository_owner: 'octo-org',
      actor_id: '12',
      repository_visibility: 'private',
      repository_id: '74',
      repository_owner_id: '65',
      run_id: '1000000001',
      run_number: '10',
      run_attempt: '2',
      runner_environment: 'github-hosted',
      actor: 'octocat',
      workflow: 'release',
      head_ref: '',
      base_ref: '',
      event_name: 'push',
      ref_type: 'branch',
      ref_protected: 'true',
      job_workflow_ref: 'octo-org/automation/.github/workflows/oidc.yml@refs/heads/main',
    },
  },
  'a token of GitLab CI': {
    conditions: { project_path: ['shop/*'], ref_protected: ['true'], ref_type: ['branch', 'tag'] },
    claims: {
      sub: 'project_path:shop/clients:ref_type:branch:ref:main',
      jti: '0c9a1f6e-6f0e-4c5e-8c53-2f5b8a2f0002',
      namespace_id: '72',
      namespace_path: 'shop',
      project_id: '20',
      project_path: 'shop/clients',
      user_id: '1',
      user_login: 'carol',
      user_email: 'carol@example.com',
      user_access_level: 'developer',
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: 'main',
      ref_type: 'branch',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
      environment: 'production',
      environment_protected: 'true',
      deployment_tier: 'production',
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: SHA,
      project_visibility: 'private',
      ci_config_ref_uri: 'gitlab.example.com/shop/clients//.gitlab-ci.yml@refs/heads/main',
      ci_config_sha: SHA,
    },
  },
  'a token of a Kubernetes service account': {
    conditions: { 'kubernetes.io/namespace': ['shop'], 'kubernetes.io/serviceaccount/name': ['deployer'] },
    claims: {
      sub: 'system:serviceaccount:shop:deployer',
      jti: '0c9a1f6e-6f0e-4c5e-8c53-2f5b8a2f0003',
      'kubernetes.io': {
        namespace: 'shop',
        node: { name: 'worker-1', uid: '646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1' },
        pod: { name: 'deploy-7d9f', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
        serviceaccount: { name: 'deployer', uid: 'c9e2d3a1-4b5f-4e60-9d1a-7b8c9d0e1f20' },
        warnafter: 4_102_444_800,
      },
    },
    isAudienceListed: true,
  },
} as const satisfies Readonly<Record<string, WorkloadShape>>;

export type WorkloadKind = keyof typeof WORKLOADS;
export const WORKLOAD_KINDS = Object.keys(WORKLOADS) as readonly WorkloadKind[];

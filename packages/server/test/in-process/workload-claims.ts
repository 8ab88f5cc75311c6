export const WORKLOAD_AUDIENCE = 'https://registry.example';

/** Claims as GitHub, GitLab and Kubernetes write them. */
export const GITHUB_CLAIMS = {
  sub: 'repo:octo-org/app:ref:refs/heads/main',
  repository: 'octo-org/app',
  repository_owner: 'octo-org',
  repository_id: '123',
  repository_owner_id: '456',
  repository_visibility: 'private',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  event_name: 'push',
  workflow: 'release',
  job_workflow_ref: 'octo-org/app/.github/workflows/release.yml@refs/heads/main',
  runner_environment: 'github-hosted',
};
export const GITLAB_CLAIMS = {
  sub: 'project_path:group/app:ref_type:branch:ref:main',
  namespace_id: '72',
  namespace_path: 'group',
  project_id: '20',
  project_path: 'group/app',
  ref: 'main',
  ref_type: 'branch',
  ref_protected: 'true',
  pipeline_source: 'push',
};
export const KUBERNETES_CLAIMS = {
  sub: 'system:serviceaccount:shop:deployer',
  'kubernetes.io': {
    namespace: 'shop',
    serviceaccount: { name: 'deployer', uid: 'u-1' },
    pod: { name: 'p', uid: 'u-2' },
  },
};

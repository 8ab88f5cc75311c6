import type { PlantedDefect } from './planted-defect.ts';

export const INJECTION_DEFECTS: readonly PlantedDefect[] = [
  {
    className: 'injection',
    name: 'CSV has formulas in its cells',
    selects: ({ name }) => name === '"=1+1" in the audit log',
    // As long as it was: the answer comes in chunks.
    response: (answer) => answer.replaceAll(`"'=1+1"`, '" =1+1"'),
    expected: /a cell runs: " =1\+1"/,
  },
  {
    className: 'injection',
    name: 'what stands in a query comes back as a header',
    selects: ({ name }) => name === '"a\\r\\nX-Injected: 1" in queries',
    response: (answer, request) =>
      request.includes('%0D%0AX-Injected') ? answer.replace('\r\n', '\r\nX-Injected: 1\r\n') : answer,
    expected: /a header that the request injected/,
  },
  {
    className: 'injection',
    name: 'a percent sign in a filter stands for anything',
    selects: ({ name }) => name === 'users by search with "%"',
    request: (request) => request.replace('username=%25 ', 'username=o '),
    expected: /it finds .*owner/,
  },
];

// Loads what `serve` loads, and ends: what Node has compiled is in its compile cache then, and the first start need not do it again.
import '../packages/server/src/commands/serve.ts';
import '../packages/server/src/processes/open-own-services.ts';
import '../packages/server/src/processes/run-primary.ts';
import '../packages/server/src/server.ts';

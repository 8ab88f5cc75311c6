import { setTimeout as delay } from 'node:timers/promises';
import type { Phase } from './phase.ts';

const SHORT_MS = 15_000;
const FULL_MS = 85_000;

/** Nodes are killed during all phases; here nothing else happens. */
export const runKills: Phase = async ({ bench }) => delay(bench.options.isShort ? SHORT_MS : FULL_MS);

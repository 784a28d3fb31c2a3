/**
 * The command line of the chaos run: real workers, killed for real, and a ledger that tells whether every promise was kept.
 *
 *   npm run chaos                              60 seconds, processes and threads in turn
 *   npm run chaos -- --seconds 600 --seed 7    longer, from another seed
 *   npm run chaos -- --kind thread             threads only
 *   npm run chaos -- --rounds 1 --seed 4711    one round of each kind
 *   npm run chaos -- --weather calm            long rows of instant tasks, few deaths; or wild; or any (the default)
 *
 * Stops at the first round that broke a promise, and exits with 1. A seed repeats what is done, not the moments at which the machine does it.
 */

import { parseArgs } from 'node:util';
import type { Kind, Weather } from './plan.js';
import { tellTallies } from './report.js';
import { addSeed, createTally, type Tally } from './run.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', default: 'both' },
    weather: { type: 'string', default: 'any' },
  },
});

function readNumber(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`${name} must be a whole number, not ${text}`);
  return Number(text);
}

function readKinds(text: string): Kind[] {
  if (text === 'both') return ['process', 'thread'];
  if (text === 'process' || text === 'thread') return [text];
  throw new RangeError(`--kind must be process, thread or both, not ${text}`);
}

function readWeather(text: string): Weather {
  if (text === 'calm' || text === 'wild' || text === 'any') return text;
  throw new RangeError(`--weather must be calm, wild or any, not ${text}`);
}

const weather = readWeather(values.weather);
const kinds = readKinds(values.kind);
const seed = readNumber(values.seed, '--seed');
const rounds = values.rounds === undefined ? Number.POSITIVE_INFINITY : readNumber(values.rounds, '--rounds');
const limitMs = values.rounds === undefined ? readNumber(values.seconds, '--seconds') * 1000 : Number.POSITIVE_INFINITY;

const tallies = new Map<Kind, Tally>(kinds.map((kind) => [kind, createTally()]));
const startMs = performance.now();
const isBroken = (): boolean => [...tallies.values()].some(({ violations }) => violations.length > 0);
for (let round = 0; round < rounds && performance.now() - startMs < limitMs && !isBroken(); round += 1) {
  for (const [kind, tally] of tallies) await addSeed(tally, seed + round, kind, weather);
}
process.stdout.write(`${tellTallies(tallies, seed)}\n`);
// A pool that hangs may keep the program alive.
if (isBroken()) process.exit(1);

/**
 * The command line of the chaos run: real workers, killed for real, and a ledger that tells whether every promise was kept.
 *
 *   npm run chaos                              60 seconds, processes and threads at once, each in a program of its own
 *   npm run chaos -- --seconds 600 --seed 7    longer, from another seed
 *   npm run chaos -- --kind thread             threads only, in this program
 *   npm run chaos -- --rounds 1 --seed 4711    one round of each kind
 *   npm run chaos -- --weather calm            long rows of instant tasks, few deaths; or wild; or any (the default)
 *
 * Each kind stops at its first round that broke a promise; then this exits with 1. A seed repeats what is done, not the moments
 * at which the machine does it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
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
    // For the program that adds up.
    json: { type: 'boolean', default: false },
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

/** Plays rounds of one kind in this program. */
async function play(kind: Kind): Promise<Tally> {
  const tally = createTally();
  const startMs = performance.now();
  for (let round = 0; round < rounds && performance.now() - startMs < limitMs; round += 1) {
    await addSeed(tally, seed + round, kind, weather);
    if (tally.violations.length > 0) break;
  }
  return tally;
}

/** Plays rounds of one kind in a program of its own: what either leaves behind is told apart, and no core of the machine is idle. */
async function playElsewhere(kind: Kind): Promise<Tally> {
  const args = [...process.argv.slice(2), '--kind', kind, '--json'];
  const program = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told, [code, signal]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  if (!told.startsWith('{')) throw new Error(`the run of the kind ${kind} ended with ${code ?? signal}: ${told}`);
  return JSON.parse(told) as Tally;
}

const played = await Promise.all(kinds.map(kinds.length === 1 ? play : playElsewhere));
const tallies = new Map<Kind, Tally>(kinds.map((kind, index) => [kind, played[index] as Tally]));
const report = values.json ? JSON.stringify(played[0]) : tellTallies(tallies, seed);
await new Promise((resolve) => process.stdout.write(`${report}\n`, resolve));
// A pool that hangs may keep the program alive.
if (played.some(({ violations }) => violations.length > 0)) process.exit(1);

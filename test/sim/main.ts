/**
 * The command line of the simulation.
 *
 *   npm run sim                            3,000 storms, and how often each outcome was met
 *   npm run sim -- --seeds 20000 --from 1  others
 *   npm run sim -- 4711                    one storm
 *   npm run sim -- 4711 --trace            one storm, told line by line
 */

import { parseArgs } from 'node:util';
import { wallClock } from '#src/base/clock.js';
import { realCore } from './core.js';
import { OutcomeCounts } from './outcomes.js';
import { runStorms, seedsFrom, tellFailure } from './run.js';
import { runStorm } from './storm.js';
import { createTrace } from './trace.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3000' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});

function readNumber(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`${name} must be a whole number, not ${text}`);
  return Number(text);
}

function replay(seed: number): void {
  const counts = new OutcomeCounts();
  if (values.trace) tell(seed, counts);
  else runMany(seed, 1, counts);
  process.stdout.write(`seed ${seed} kept every promise\n`);
}

function tell(seed: number, counts: OutcomeCounts): void {
  const lines: string[] = [];
  try {
    runStorm({ seed, core: realCore, counts, trace: createTrace((line) => lines.push(line)) });
  } catch (error) {
    lines.push(`seed ${seed} broke a promise: ${(error as Error).stack}`);
    process.exitCode = 1;
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (process.exitCode === 1) process.exit();
}

function runMany(from: number, seeds: number, counts: OutcomeCounts): void {
  const failed = runStorms(seedsFrom(from, seeds), { counts });
  if (failed === undefined) return;
  process.stdout.write(`${tellFailure(failed)}\n`);
  process.exitCode = 1;
  process.exit();
}

function main(): void {
  const [only] = positionals;
  if (only !== undefined) return replay(readNumber(only, 'the seed'));
  const seeds = readNumber(values.seeds, '--seeds');
  const from = readNumber(values.from, '--from');
  const counts = new OutcomeCounts();
  const startedMs = wallClock.nowMs();
  runMany(from, seeds, counts);
  const tookMs = wallClock.nowMs() - startedMs;
  for (const [name, count] of counts.entries()) process.stdout.write(`${String(count).padStart(9)}  ${name}\n`);
  process.stdout.write(`${seeds} storms from seed ${from} in ${(tookMs / 1000).toFixed(1)} s, every promise kept\n`);
  const missing = counts.missing();
  if (missing.length === 0) return;
  process.stdout.write(`never met: ${missing.join('; ')}\n`);
  process.exitCode = 1;
}

// Whoever reads the trace may have seen enough of it.
process.stdout.on('error', () => process.exit());
main();

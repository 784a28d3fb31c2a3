/** Runs many storms, and tells a failed one so that it can be understood and replayed. */

import { type Core, realCore } from './core.js';
import { OutcomeCounts } from './outcomes.js';
import { runStorm } from './storm.js';
import { createTrace, noTrace } from './trace.js';

/** A storm that broke a promise. */
export interface FailedStorm {
  readonly seed: number;
  readonly error: Error;
}

/** The first failure among `seeds`, or `undefined`. */
export function runStorms(
  seeds: Iterable<number>,
  { core = realCore, counts = new OutcomeCounts() }: { core?: Core; counts?: OutcomeCounts } = {},
): FailedStorm | undefined {
  for (const seed of seeds) {
    try {
      runStorm({ seed, core, counts, trace: noTrace });
    } catch (error) {
      return { seed, error: error as Error };
    }
  }
  return undefined;
}

/** The numbers from `from` on. */
export function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed;
}

/** How many lines of a failed storm's trace are told. */
const TAIL = 60;

/** Tells a failure: the seed, the broken promise, the end of the trace, the command that replays it. */
export function tellFailure({ seed, error }: FailedStorm, core: Core = realCore): string {
  const lines: string[] = [];
  try {
    runStorm({ seed, core, counts: new OutcomeCounts(), trace: createTrace((line) => lines.push(line)) });
  } catch {
    // It is the failure that is told here.
  }
  return [
    `seed ${seed} broke a promise: ${error.name === 'Violation' ? error.message : error.stack}`,
    '',
    ...lines.join('\n').split('\n').slice(-TAIL),
    '',
    `replay: npm run sim -- ${seed} --trace`,
  ].join('\n');
}

/**
 * What the tidy rules hold this repository to, as data. The ranks' twin for readers is in docs/architecture.md.
 */

import type { Ban, Ranks, TestedTogether } from './rules.js';

/** Folders of src/ (with a slash) and files that stand in src/ itself. Equal ranks never import each other. */
export const RANKS: Ranks = {
  'base/': 0,
  'futures/': 1,
  'core/': 1,
  'serialization/': 1,
  'memory/': 2,
  'transport/': 2,
  'worker/': 3,
  'supervision/': 3,
  'executors/': 4,
  'parallel/': 5,
  'distributed/': 5,
  'testing/': 5,
  'worker.ts': 6,
  'testing.ts': 6,
  'executor-arrival.ts': 7,
  'worker-entry.ts': 8,
  'index.ts': 6,
  'cli/': 6,
};

/** Folders that decide and never act: no module of Node, no package. */
export const PURE_FOLDERS: readonly string[] = ['src/core/'];

/** The longest file and function in src/, in lines. */
export const LIMITS = { file: 300, function: 50 } as const;

/** Only one file reads the time and makes timers. `setImmediate` reads no time, so it is free. */
export const CLOCK: Ban = {
  rule: 'clock',
  names: [
    'setTimeout',
    'setInterval',
    'Date.now',
    'new Date()',
    'performance.now',
    'performance.timeOrigin',
    'process.hrtime',
    'process.uptime',
    'AbortSignal.timeout',
    'globalThis.setTimeout',
    'globalThis.setInterval',
    'globalThis.performance',
  ],
  modules: ['node:timers', 'node:timers/promises', 'timers', 'timers/promises', 'node:perf_hooks', 'perf_hooks'],
  instead: 'take the time and timers from a Clock (src/base/clock.ts)',
  isAllowed: (path) => path === 'src/base/clock.ts',
};

/** The core and its simulation repeat exactly from a seed. */
export const RANDOMNESS: Ban = {
  rule: 'randomness',
  names: ['Math.random', 'randomUUID', 'randomBytes', 'randomInt', 'crypto.randomUUID', 'crypto.getRandomValues'],
  modules: ['node:crypto', 'crypto'],
  instead: 'take it from the seed, so that a run can be repeated',
  isAllowed: (path) => !path.startsWith('src/core/') && !path.startsWith('test/sim/'),
};

/** Source files without a test of their own: where their behaviour is tested, and why there. */
export const TESTED_TOGETHER: readonly TestedTogether[] = [
  {
    sources: 'src/futures/future-states.ts',
    testedBy: 'test/futures/future.test.ts',
    because: 'it is the table that the future steps through',
  },
  {
    sources: 'src/futures/future-steps.ts',
    testedBy: 'test/futures/future.test.ts',
    because: 'a future is what its steps have made of it',
  },
  {
    sources: 'src/serialization/functions/',
    testedBy: 'test/serialization/functions/function-port.test.ts',
    because: 'describing and reviving a function is one promise: what comes back does what was sent',
  },
  {
    sources: 'src/serialization/',
    testedBy: 'test/serialization/codec.test.ts',
    because: 'writing and reading mirror each other; a table of values goes through both',
  },
  {
    sources: 'src/executors/',
    testedBy: 'test/contract/process-pool.test.ts',
    because: 'an executor is what its contract says; each kind passes the same suite',
  },
  {
    sources: 'src/supervision/process-launcher.ts',
    testedBy: 'test/contract/launchers.test.ts',
    because: 'it is one of the launchers that keep the contract of the port',
  },
  {
    sources: 'src/memory/',
    testedBy: 'test/memory/large-values.test.ts',
    because: 'a file is only mapped between processes, and what matters is what arrives there',
  },
  {
    sources: 'src/supervision/spawn-options.ts',
    testedBy: 'test/faults/output.test.ts',
    because: 'descriptors do nothing by themselves: a worker must write to them',
  },
  {
    sources: 'src/worker',
    testedBy: 'test/faults/hostile-worker.test.ts',
    because: 'the loop and its links must hold in a real worker that its tasks attack',
  },
  {
    sources: 'src/testing/',
    testedBy: 'test/testing/faults.test.ts',
    because: 'a fault is its whole way, from the options of a pool to what becomes of a real worker',
  },
  {
    sources: 'src/testing.ts',
    testedBy: 'test/package/consumer.test.ts',
    because: 'it only names what others make',
  },
  {
    sources: 'src/executor-arrival.ts',
    testedBy: 'test/executors/task-relay.test.ts',
    because: 'it is loaded in workers to which an executor travels',
  },
  {
    sources: 'src/worker-entry.ts',
    testedBy: 'test/package/bundles.test.ts',
    because: 'a worker of a bundle starts with it',
  },
  {
    sources: 'src/index.ts',
    testedBy: 'test/package/consumer.test.ts',
    because: 'it only names what others make',
  },
];

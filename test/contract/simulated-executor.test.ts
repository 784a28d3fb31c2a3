import { SimulatedExecutor } from 'tardigrade/testing';
import { sharePool } from '../support/pools.js';
import { testExecutor } from './executor-contract.js';

testExecutor({
  name: 'simulated',
  can: { isolates: false, kills: false, isParallel: true, nests: false },
  make: (options) => new SimulatedExecutor({ autoAdvance: true, ...options }),
  shared: sharePool(() => new SimulatedExecutor({ autoAdvance: true })),
});

// The contract holds where everything takes its time, too.
const times = { startupMs: { min: 5, max: 50 }, latencyMs: { min: 0, max: 3 }, taskMs: { min: 0, max: 20 } };
testExecutor({
  name: 'simulated, with latencies',
  can: { isolates: false, kills: false, isParallel: true, nests: false },
  make: (options) => new SimulatedExecutor({ autoAdvance: true, ...times, ...options }),
  shared: sharePool(() => new SimulatedExecutor({ autoAdvance: true, ...times })),
});

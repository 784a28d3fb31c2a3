import { InlineExecutor } from 'tardigrade';
import { sharePool } from '../support/pools.js';
import { testExecutor } from './executor-contract.js';

testExecutor({
  name: 'inline',
  can: { isolates: false, kills: false, isParallel: false, nests: true },
  make: ({ maxWorkers: _, ...options } = {}) => new InlineExecutor(options),
  shared: sharePool(() => new InlineExecutor()),
});

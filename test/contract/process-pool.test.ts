import { ProcessPoolExecutor } from 'tardigrade';
import { sharePool } from '../support/pools.js';
import { testExecutor } from './executor-contract.js';

testExecutor({
  name: 'process pool',
  can: { isolates: true, kills: true, isParallel: true, nests: true },
  make: (options) => new ProcessPoolExecutor({ stdio: 'ignore', ...options }),
  shared: sharePool(() => new ProcessPoolExecutor({ maxWorkers: 2, stdio: 'ignore' })),
});

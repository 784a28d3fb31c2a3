import { ThreadPoolExecutor } from 'tardigrade';
import { sharePool } from '../support/pools.js';
import { testExecutor } from './executor-contract.js';

testExecutor({
  name: 'thread pool',
  can: { isolates: true, kills: true, isParallel: true, nests: true },
  make: (options) => new ThreadPoolExecutor({ stdio: 'ignore', ...options }),
  shared: sharePool(() => new ThreadPoolExecutor({ maxWorkers: 2, stdio: 'ignore' })),
});

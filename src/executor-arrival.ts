/**
 * Loaded by its URL where an executor arrives. It holds all public names as well, so that the bundle is not cut into small
 * pieces for its sake.
 *
 * Rules: no logic.
 */

export { reviveExecutor } from './executors/remote-executor.js';
export * from './index.js';

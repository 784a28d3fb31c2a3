/**
 * How a worker process is started: its descriptors, its group.
 *
 * Rules: pure; starts nothing.
 */

import type { SpawnOptions } from 'node:child_process';

/** What becomes of a worker's stdout and stderr. */
export type WorkerStdio = 'inherit' | 'pipe' | 'ignore';

/** The options of `spawn`. `claimsFd` is the descriptor of the shared claims, if there are any. */
export function spawnOptions(
  { env, stdio }: { readonly env: NodeJS.ProcessEnv; readonly stdio: WorkerStdio },
  claimsFd: number | undefined,
): SpawnOptions {
  const output = stdio === 'inherit' ? 'inherit' : stdio === 'pipe' ? 'pipe' : 'ignore';
  return {
    env,
    // stderr always passes through the host, which keeps its last lines for the report of a crash.
    stdio: ['ignore', output, 'pipe', 'pipe', 'pipe', claimsFd ?? 'ignore'],
    // A group of its own: Ctrl-C reaches the host alone, and one kill reaches the whole tree.
    detached: true,
    windowsHide: true,
  };
}

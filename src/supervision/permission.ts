/**
 * What the permission model of Node denies, in words that name the flag.
 *
 * Rules: looks at errors only.
 */

/** What `ERR_ACCESS_DENIED` calls a permission, and what it takes to have it. */
const NEEDS: ReadonlyMap<unknown, string> = new Map([
  ['ChildProcess', 'the permission model denies child processes; allow them with --allow-child-process'],
  ['WorkerThreads', 'the permission model denies worker threads; allow them with --allow-worker'],
]);

/** Why a worker could not be started. */
export function describeSpawnFailure(
  error: Error & { readonly code?: unknown; readonly permission?: unknown },
): string {
  const need = error.code === 'ERR_ACCESS_DENIED' ? NEEDS.get(error.permission) : undefined;
  return need ?? error.message;
}

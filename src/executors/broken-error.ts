/**
 * Says why a pool is broken.
 *
 * Rules: reads what is known of the worker whose end broke it; knows no task.
 * Guarantees: a fresh error for each who asks.
 */

import { BrokenExecutorError, InitializerError } from '../base/errors.js';
import { describeExit } from '../base/exit-reason.js';
import type { Verdict } from '../core/events.js';
import type { Codec } from '../serialization/codec.js';
import { decodeThrown } from '../serialization/remote-error.js';

/** Why a pool takes no more tasks, as a fresh error. */
export async function brokenError(
  { cause, exit }: Omit<Verdict & { kind: 'broken' }, 'kind'>,
  { codec, label }: { readonly codec: Codec; readonly label: string },
): Promise<BrokenExecutorError> {
  const last = describeExit(exit);
  switch (cause) {
    case 'restarts':
      return new BrokenExecutorError(
        `${label} is broken: its workers keep dying before they finish a task (maxRestarts); the last ${last}${tail(exit.stderr)}`,
      );
    case 'worker-lost':
      return new BrokenExecutorError(`${label} is broken (onWorkerLost: 'break-pool'): a ${last}${tail(exit.stderr)}`);
    case 'start-failed': {
      const thrown = exit.failure === undefined ? undefined : await decodeThrown(codec, exit.failure, undefined);
      const why = thrown instanceof Error ? `: ${thrown.message}` : '';
      return new InitializerError(`${label} is broken: its initializer failed${why}`, { cause: thrown });
    }
    default:
      return cause satisfies never;
  }
}

function tail(stderr: string | undefined): string {
  const text = stderr?.trimEnd() ?? '';
  return text === '' ? '' : `\nlast lines of its stderr:\n${text.replace(/^/gm, '    ')}`;
}

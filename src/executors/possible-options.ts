/**
 * Which options of tasks mean something to an executor of this kind and in this place.
 *
 * Rules: knows an executor by what its views share.
 */

import type { TaskOptions } from './executor.js';
import type { Shared } from './shared-parts.js';

/** Throws `TypeError` for checked options that the executor cannot keep. */
export function checkPossible(options: TaskOptions, shared: Shared): void {
  if (options.transfer !== undefined) checkTransfers(shared);
  if (options.retryOn !== undefined) checkRetries(shared);
}

function checkTransfers({ attachments, kind }: Pick<Shared, 'attachments' | 'kind'>): void {
  if (attachments === 'carry') return;
  const message = `options.transfer is for a ThreadPoolExecutor, and this is a ${kind}: only threads share memory`;
  throw Object.assign(new TypeError(message), { code: 'ERR_TARDIGRADE_INVALID_OPTION' });
}

/** The host decides at once whether a task is tried again. */
function checkRetries({ origin }: Pick<Shared, 'origin'>): void {
  if (origin.length === 0) return;
  const message = 'options.retryOn is for the host: this executor is one of the host, as a task sees it';
  throw Object.assign(new TypeError(message), { code: 'ERR_TARDIGRADE_INVALID_OPTION' });
}

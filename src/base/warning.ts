/**
 * The one way in which this package warns: `process.emitWarning` with the type `TardigradeWarning` and a stable code.
 *
 * Rules: a warning is for what must not stop the program and has no caller to throw at.
 * Guarantees: never throws, whatever the value that is reported does when it is looked at.
 */

import { inspect } from 'node:util';

/** The codes of all warnings, for `process.on('warning', ({ code }) => …)`. */
export type WarningCode =
  | 'TARDIGRADE_CALLBACK_FAILED'
  | 'TARDIGRADE_CPU_COUNT'
  | 'TARDIGRADE_LARGE_CAPTURE'
  | 'TARDIGRADE_MAP_INPUT'
  | 'TARDIGRADE_MAX_DEPTH'
  | 'TARDIGRADE_RETRY_ON'
  | 'TARDIGRADE_ON_OUTPUT';

/** One warning. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  /** What caused it: an error shows its stack. */
  readonly cause?: unknown;
}

/** Emits a `TardigradeWarning`. */
export function warn(warning: Warning): void {
  const detail = 'cause' in warning ? { detail: describe(warning.cause) } : undefined;
  process.emitWarning(warning.message, { type: 'TardigradeWarning', code: warning.code, ...detail });
}

function describe(cause: unknown): string {
  try {
    return inspect(cause);
  } catch {
    return `a value (${typeof cause}) that cannot be inspected`;
  }
}

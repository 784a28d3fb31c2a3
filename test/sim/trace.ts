/** A storm told in lines: virtual time, what the scheduler heard, what it answered, which faults struck, what users did. */

import type { Command, Event } from '#src/core/events.js';

/** Collects the lines, if anybody wants them. */
export interface Trace {
  line(nowMs: number, text: () => string): void;
}

/** Forgets everything: most storms are not watched. */
export const noTrace: Trace = { line() {} };

/** Hands every line to `write`. */
export function createTrace(write: (line: string) => void): Trace {
  return { line: (nowMs, text) => write(`${nowMs.toFixed(3).padStart(11)}  ${text()}`) };
}

/** Such as `task-finished worker=2 task=7 failed=false`. */
export function describe(item: Event | Command): string {
  const { kind, ...fields } = item;
  const words = Object.entries(fields).map(([name, value]) => `${name}=${show(value)}`);
  return [kind, ...words].join(' ');
}

function show(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}:${show(inner)}`)
    .join(' ')}}`;
}

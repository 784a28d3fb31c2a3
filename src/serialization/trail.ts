/**
 * The steps from the root to where a writer stands, for the path in an error. Keeping them costs two stores a level; words are
 * made of them only when something fails.
 *
 * Rules: knows nothing of the format. Guarantees: nothing of the value is kept after `reset`.
 */

import { stringSlice } from './intrinsics.js';
import { formatPath, type Step } from './path.js';

const HEAD_STEPS = 12;
/** The root of a message that holds a function and its arguments. */
export const CALL_ROOT = 'call';

function nameParts(path: string): string {
  const rest = stringSlice(path, CALL_ROOT.length + 3);
  return path[CALL_ROOT.length + 1] === '0' ? `fn${rest}` : `args${rest}`;
}

/** Where a container whose content comes later stood. */
export interface Origin {
  /** The first steps to it, and how many more there were. */
  readonly head: readonly Step[];
  readonly skipped: number;
}

const ROOT: Origin = { head: [], skipped: 0 };

/** Where a writer stands. */
export class Trail {
  root = '';
  depth = 0;
  origin: Origin = ROOT;
  private readonly holders: (object | undefined)[] = [];
  private readonly keys: PropertyKey[] = [];
  private last: readonly Step[] = [];

  /** Steps into a container; `at` says where in it. */
  enter(holder: object): void {
    this.holders[this.depth++] = holder;
  }

  /** Where in the container the next value stands. Said before the value is read, for reading may throw. */
  at(key: PropertyKey): void {
    this.keys[this.depth - 1] = key;
  }

  /** Steps out of a container. */
  leave(): void {
    this.holders[--this.depth] = undefined;
  }

  /** What the next value is a property of, if it is one of an object. */
  get holder(): { readonly object: object; readonly key: PropertyKey } | undefined {
    const object = this.holders[this.depth - 1];
    return object === undefined ? undefined : { object, key: this.keys[this.depth - 1] as PropertyKey };
  }

  /** The containers around what comes next, innermost first, as far as they are known. */
  objects(): object[] {
    const found: object[] = [];
    for (let i = this.depth - 1; i >= 0; i--) found[found.length] = this.holders[i] as object;
    for (let i = this.origin.head.length - 1; i >= 0; i--) found[found.length] = (this.origin.head[i] as Step).holder;
    return found;
  }

  /** The path to here, in words. */
  path(): string {
    const path = formatPath(this.root, this.origin.head, this.origin.skipped, this.steps(this.depth));
    return this.root === CALL_ROOT ? nameParts(path) : path;
  }

  /** Where a container here stands, for when its content is written. */
  originHere(): Origin {
    const { origin, depth } = this;
    if (origin !== ROOT) return { head: origin.head, skipped: origin.skipped + depth };
    return { head: this.firstSteps(), skipped: depth - HEAD_STEPS };
  }

  /** Forgets every object. */
  reset(): void {
    while (this.depth > 0) this.leave();
    this.last = ROOT.head;
    this.origin = ROOT;
  }

  private steps(count: number): Step[] {
    const steps: Step[] = [];
    for (let i = 0; i < count; i++) {
      steps[i] = { holder: this.holders[i] as object, key: this.keys[i] as PropertyKey };
    }
    return steps;
  }

  /** Siblings share them, for there may be millions. */
  private firstSteps(): readonly Step[] {
    const last = this.last[HEAD_STEPS - 1];
    if (last?.holder !== this.holders[HEAD_STEPS - 1] || last?.key !== this.keys[HEAD_STEPS - 1]) {
      this.last = this.steps(HEAD_STEPS);
    }
    return this.last;
  }
}

/**
 * What the inspector tells, as the rest sees it.
 *
 * Rules: data and types only; knows no protocol.
 */

import type { AnyFunction } from '../function-record.js';

/** Where V8 has compiled a function: 0-based, inside the script with this id. */
export interface FunctionLocation {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** One scope around a function, innermost first. `variables` holds the values; one that is not initialised yet throws when read. */
export interface ScopeView {
  readonly kind: 'function' | 'with' | 'module' | 'script' | 'global';
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Whether a scope has a variable. */
export function hasVariable(variables: ScopeView['variables'], name: string): boolean {
  try {
    return Object.hasOwn(variables, name);
  } catch {
    // From Node 24 on, asking for one that has no value yet throws.
    return true;
  }
}

/** What `bind` was given. */
export interface BoundParts {
  readonly target: AnyFunction;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/** What V8 says of a function. */
export interface FunctionView {
  /** Absent for functions without a text. */
  readonly location: FunctionLocation | undefined;
  readonly isBound: boolean;
  /** What a bound function was made of; only while the inspector is connected. */
  bound(): BoundParts | undefined;
  /** Reads the scopes; only while the inspector is connected. */
  scopes(): readonly ScopeView[];
  /** The value of a static private field of a class; only while the inspector is connected. */
  readPrivate(name: string): unknown;
}

/** One script that V8 has compiled. */
export interface ScriptInfo {
  readonly scriptId: string;
  readonly url: string;
  readonly isModule: boolean;
  readonly startLine: number;
  readonly startColumn: number;
}

/** A connected inspector. */
export interface Inspector {
  view(fn: AnyFunction): FunctionView;
  /** The `this` of an arrow function, found by calling it and ending the call at its entry; `undefined` when that fails. */
  probeThis(fn: AnyFunction): { readonly value: unknown } | undefined;
  /**
   * Whether a variable of two functions is the same one, found by calling the first and ending the call at its entry; `undefined` when
   * that fails.
   */
  probeShared(one: AnyFunction, other: AnyFunction, name: string): boolean | undefined;
  /**
   * The URLs of scripts by their ids, quickly; scripts whose functions were never called may be missing. A look at what
   * was counted anyway: it starts and resets no count.
   */
  readUrls(): ReadonlyMap<string, string>;
  /** All scripts of this thread that are alive. The first time in a thread takes tens of milliseconds. */
  readScripts(): readonly ScriptInfo[];
  /** All scripts, and the text of one that was executed: after types were stripped or a loader has changed it. */
  readScript(scriptId: string): { readonly scripts: readonly ScriptInfo[]; readonly source: string };
}

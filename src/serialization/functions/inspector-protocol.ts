/**
 * How the inspector is spoken to, and how it gets at an object of this thread.
 *
 * Guarantees: everything is synchronous; nothing of the meeting point is left behind.
 */

import type * as InspectorModule from 'node:inspector';
import { createRequire } from 'node:module';
import { selfUrl } from '../../base/self-url.js';

/** What the protocol says of a value. */
export interface RemoteObject {
  readonly objectId?: string;
  readonly description?: string;
  readonly value?: unknown;
  /** `-0`, `NaN`, `Infinity`, `1n`. */
  readonly unserializableValue?: string;
}

/** Calls a method of the protocol. */
export type Post = <T>(method: string, params?: object) => T;

/** A connected session. */
export interface Connection {
  readonly session: InspectorModule.Session;
  readonly post: Post;
}

const MEETING_POINT = Symbol.for('tardigrade.inspector');
/** An expression for what `meet` has put in place. */
export const HOLDER = `process.getBuiltinModule('inspector').Session[Symbol.for('tardigrade.inspector')]`;

const requireBuiltin = createRequire(selfUrl);
const { defineProperty, getOwnPropertyDescriptor } = Object;

/**
 * The inspector only reaches what an expression can name, so the object is hung on `inspector.Session` for one call: the
 * one object that is the same in every vm context. One such call may stand inside another.
 */
export function meet<T>(holder: object, use: () => T): T {
  const owner = (requireBuiltin('node:inspector') as typeof InspectorModule).Session;
  const outer = getOwnPropertyDescriptor(owner, MEETING_POINT);
  defineProperty(owner, MEETING_POINT, { value: holder, configurable: true });
  try {
    return use();
  } finally {
    if (outer === undefined) Reflect.deleteProperty(owner, MEETING_POINT);
    else defineProperty(owner, MEETING_POINT, outer);
  }
}

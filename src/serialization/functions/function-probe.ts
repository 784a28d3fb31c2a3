/**
 * Finds out what V8 shows of no function, by calling it with a breakpoint at its entry and ending the call there.
 *
 * Rules: who asks sees to it that nothing runs before the breakpoint (default values would), and that no debugger is attached, which
 * would be stopped.
 * Guarantees: the first line of the function is never reached; a variable that was written has its value again.
 */

import type { AnyFunction } from '../function-record.js';
import { type Connection, HOLDER, meet, type RemoteObject } from './inspector-protocol.js';
import { hasVariable, type ScopeView } from './inspector-views.js';

/** Evaluates an expression where the function would begin. */
type Evaluate = (expression: string) => void;

/** A time limit makes V8 take back the termination when the call is over. */
const LIMIT_MS = 5000;

function enter({ session, post }: Connection, fn: AnyFunction, look: (evaluate: Evaluate) => void): void {
  session.on('Debugger.paused', ({ params }: { params: { callFrames: { callFrameId: string }[] } }) => {
    const callFrameId = params.callFrames[0]?.callFrameId;
    try {
      look((expression) => post('Debugger.evaluateOnCallFrame', { callFrameId, expression, silent: true }));
    } finally {
      post('Runtime.terminateExecution');
    }
  });
  post('Debugger.enable');
  try {
    meet({ fn }, () => {
      const { result } = post<{ result: RemoteObject }>('Runtime.evaluate', {
        expression: `${HOLDER}.fn`,
        silent: true,
      });
      const { breakpointId } = post<{ breakpointId: string }>('Debugger.setBreakpointOnFunctionCall', {
        objectId: result.objectId,
      });
      try {
        post('Runtime.evaluate', { expression: `${HOLDER}.fn()`, silent: true, timeout: LIMIT_MS });
      } catch {
        // The call was ended.
      }
      post('Debugger.removeBreakpoint', { breakpointId });
    });
  } finally {
    post('Debugger.disable');
    session.removeAllListeners();
  }
}

/** The `this` of an arrow function; `undefined` when that fails. */
export function probeThis(connection: Connection, fn: AnyFunction): { readonly value: unknown } | undefined {
  const holder: { found?: { value: unknown } } = {};
  enter(connection, fn, (evaluate) => {
    meet(holder, () => evaluate(`${HOLDER}.found={value:this}`));
  });
  return holder.found;
}

/** A variable of two functions. */
export interface SharedProbe {
  readonly name: string;
  /** The scopes of the other function, as they are when this is called. */
  readOther(): readonly ScopeView[];
}

/**
 * Whether a variable of `fn` is the very one that the other function has: it is given a mark, looked at from there, and given back its
 * value, all within one stop. `undefined` when that fails.
 */
export function probeShared(
  connection: Connection,
  fn: AnyFunction,
  { name, readOther }: SharedProbe,
): boolean | undefined {
  const mark = {};
  const holder: { mark: object; old?: { value: unknown }; isMarked?: true } = { mark };
  let isShared: boolean | undefined;
  enter(connection, fn, (evaluate) => {
    meet(holder, () => evaluate(`${HOLDER}.old={value:${name}},${name}=${HOLDER}.mark,${HOLDER}.isMarked=true`));
    try {
      if (holder.isMarked) isShared = readVariable(readOther(), name) === mark;
    } finally {
      if (holder.old !== undefined) meet(holder, () => evaluate(`${name}=${HOLDER}.old.value`));
    }
  });
  return isShared;
}

function readVariable(scopes: readonly ScopeView[], name: string): unknown {
  const scope = scopes.find(({ kind, variables }) => kind !== 'global' && hasVariable(variables, name));
  return scope?.variables[name];
}

/**
 * From the bytes of a call to the value of its function: at once where nothing has to be loaded.
 *
 * Rules: knows no link. Uses nothing that a task before may have replaced. Throws and rejects with what the call fails with.
 */

import type { TaskPayload } from '../core/ports.js';
import type { Codec, DecodedUnit } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { describeFunctionName } from '../serialization/functions/function-name.js';
import { isPromise } from '../serialization/intrinsics.js';
import { type CarriedValues, runCarrying } from './carried-context.js';
import type { RunningTask } from './current-task.js';
import { ignoreFailure } from './invoke.js';
import { invokeIn } from './task-context.js';

const ARGUMENTS = { direction: 'argument', root: 'args' } as const;
const CONTEXT = { direction: 'argument', root: 'context' } as const;

/** One call that has begun. */
export interface BegunCall {
  readonly codec: Codec;
  readonly call: {
    readonly args: Uint8Array;
    readonly context?: Uint8Array | undefined;
    readonly name: string | undefined;
    readonly shape: TaskPayload['shape'];
  };
  readonly task: RunningTask;
}

/** Calls the function of a unit. */
export function runCall(begun: BegunCall, unit: DecodedUnit | Promise<DecodedUnit>): unknown {
  return isPromise(unit) ? runLater(begun, unit as Promise<DecodedUnit>) : run(begun, unit as DecodedUnit);
}

async function runLater(begun: BegunCall, loading: Promise<DecodedUnit>): Promise<unknown> {
  return run(begun, await loading);
}

function run(begun: BegunCall, unit: DecodedUnit): unknown {
  const { codec, call } = begun;
  const options = unit.kind === 'table' ? { ...ARGUMENTS, table: unit.table } : ARGUMENTS;
  const values = codec.decode(call.args, options);
  if (!isPromise(values)) return callWith(begun, unit, values as unknown[]);
  ignoreFailure(values);
  return callLater(begun, unit, values as Promise<unknown[]>);
}

async function callLater(begun: BegunCall, unit: DecodedUnit, loading: Promise<unknown[]>): Promise<unknown> {
  return callWith(begun, unit, await loading);
}

/** With a table, the message holds the function and its arguments. */
function callWith(begun: BegunCall, unit: DecodedUnit, values: unknown[]): unknown {
  const { codec, call, task } = begun;
  const fn = unit.kind === 'table' ? (values[0] as AnyFunction) : unit.fn;
  const args = unit.kind === 'table' ? (values[1] as unknown[]) : values;
  task.name = call.name ?? describeFunctionName(fn);
  if (call.context === undefined) return invokeIn(task, fn, args, call.shape);
  const invoke = (): unknown => invokeIn(task, fn, args, call.shape);
  const carried = codec.decode(call.context, CONTEXT);
  return isPromise(carried)
    ? carryLater(carried as Promise<CarriedValues>, invoke)
    : runCarrying(carried as CarriedValues, invoke);
}

async function carryLater(loading: Promise<CarriedValues>, invoke: () => unknown): Promise<unknown> {
  return runCarrying(await loading, invoke);
}

/**
 * Says of a function what would travel how, and how large it is: a line for the function, and one for each captured value.
 *
 * Rules: sends and runs nothing; asks the port and the codec that executors ask.
 */

import { inspect } from 'node:util';
import { type Codec, createCodec } from './codec.js';
import { type AnyFunction, ByReference, type FunctionPort, type FunctionRecord } from './function-record.js';
import { createFunctionPort } from './functions/function-port.js';
import { textOf } from './refusal.js';

interface Explainer {
  readonly port: FunctionPort;
  readonly codec: Codec;
  readonly seen: Set<unknown>;
  readonly lines: string[];
}

/**
 * What would travel if this function was submitted now, as text to print: `console.log(explain(fn))`. Values by value are shown
 * with their size, so that captured data, and captured secrets, can be seen.
 */
export function explain(fn: AnyFunction): string {
  if (typeof fn !== 'function') throw new TypeError(`explain: "fn" must be a function, not ${inspect(fn)}`);
  const port = createFunctionPort();
  const explainer: Explainer = { port, codec: createCodec({ functions: port }), seen: new Set(), lines: [] };
  explainFunction(explainer, fn, { label: describeName(fn), indent: '' });
  return explainer.lines.join('\n');
}

interface Line {
  readonly label: string;
  readonly indent: string;
}

function explainFunction(explainer: Explainer, fn: AnyFunction, { label, indent }: Line): void {
  const { port, lines, seen } = explainer;
  if (seen.has(fn)) return void lines.push(`${indent}${label}: as above`);
  seen.add(fn);
  let record: FunctionRecord;
  try {
    record = port.describe(fn);
  } catch (error) {
    return void lines.push(`${indent}${label}: cannot travel: ${textOf(error)}`);
  }
  if (record.kind !== 'value') return void lines.push(`${indent}${label}: ${describeRecord(record)}`);
  try {
    const state = port.stateOf(fn, { shared: new Map() });
    lines.push(`${indent}${label}: by value, ${formatBytes(record.source.length)} of code, ${state.place}`);
    const below = `${indent}  `;
    for (const [index, value] of state.head.entries()) {
      explainValue(explainer, value, { label: record.head[index] as string, indent: below });
    }
    for (const [index, value] of state.cells.entries()) {
      explainValue(explainer, value, { label: state.labels[index] as string, indent: below });
    }
    for (const { key, descriptor } of state.properties) {
      explainValue(explainer, descriptor.value, { label: `.${String(key)}`, indent: below });
    }
  } catch (error) {
    lines.push(`${indent}${label}: cannot travel: ${textOf(error)}`);
  }
}

function explainValue(explainer: Explainer, value: unknown, { label, indent }: Line): void {
  if (value instanceof ByReference) {
    explainer.lines.push(`${indent}${label}: ${describeRecord(value.record)}`);
  } else if (typeof value === 'function') {
    explainFunction(explainer, value as AnyFunction, { label, indent });
  } else {
    explainer.lines.push(`${indent}${label}: ${describeData(explainer, value)}`);
  }
}

function describeData({ codec }: Explainer, value: unknown): string {
  try {
    const { bytes } = codec.encodeApart(value, { direction: 'argument', root: 'value', captured: true });
    return `${describeType(value)} by value, ${formatBytes(bytes.length)}`;
  } catch (error) {
    return `cannot travel: ${textOf(error)}`;
  }
}

function describeType(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  const type = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  const name = type?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'object';
}

function describeRecord(record: FunctionRecord): string {
  switch (record.kind) {
    case 'module':
      return `by reference, ${record.name} of ${record.url}`;
    case 'builtin':
      return `by reference, ${[record.module, record.path].filter(Boolean).join(' ')}`;
    case 'value':
    case 'text':
      return `by its text, ${formatBytes(record.source.length)} of code, ${record.url ?? 'no file'}`;
    case 'import':
      return `by reference, ${record.name} of '${record.specifier}', imported from ${record.parent}`;
    case 'commonjs':
      return `by reference, module.exports of ${record.url}`;
    case 'require':
      return `by reference, require of ${record.folder}`;
    default:
      return record satisfies never;
  }
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function describeName(fn: AnyFunction): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : '(anonymous)';
}

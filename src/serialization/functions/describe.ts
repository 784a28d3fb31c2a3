/**
 * Decides how a function travels: by the path of a builtin, by the module that exports it, or by its own text.
 *
 * Rules: synchronous; loads no module and calls no function of the user's. The only file that asks all the others.
 * Guarantees: the entry script is never named; a function is looked into once; a refusal says what to do instead.
 */

import { createRequire } from 'node:module';
import { types } from 'node:util';
import { lazily } from '../../base/lazily.js';
import {
  type AnyFunction,
  type ClosureState,
  type FunctionRecord,
  FunctionRefusal,
  type StateOptions,
  type ValueRecord,
} from '../function-record.js';
import { findBuiltin, findBuiltinModule, findOwnError } from './builtins.js';
import type { ClosurePlan } from './closure-plan.js';
import type { Cells, KnownClosure } from './closure-state.js';
import { findCommonJsExport, findLoadedCommonJs } from './commonjs-exports.js';
import { type Described, described, rememberClosure, rememberFunction } from './described.js';
import { isEntryScript, toFile, toModuleUrl } from './entry-script.js';
import { findModuleExport } from './exports.js';
import { ownNameOf } from './function-name.js';
import { findHandleTarget } from './import-tasks.js';
import { inspectorProblem, withInspector } from './inspector.js';
import type { BoundParts, FunctionView, Inspector, ScopeView } from './inspector-views.js';
import { noteKnown } from './known-functions.js';
import { createLruMap } from './lru-map.js';
import { noteText } from './original-positions.js';
import type { DescribedText } from './own-text.js';
import { findReachableExport, isNamespaceOf } from './reachable-exports.js';
import { findExportsOf, findRequire } from './references.js';
import { isByValue } from './registration.js';
import type { TextPlace } from './relocate-stack.js';
import { findScript, type Script } from './scripts.js';
import type { TextRecord } from './text-function.js';

const requireOwn = createRequire(import.meta.url);
/** Most functions of a program are exported, and are known without their code being read. */
const code = lazily(() => requireOwn('./code.js') as typeof import('./code.js'));
const { toString: textOf } = Function.prototype;
const { getPrototypeOf, ownKeys } = Reflect;

/** Records of texts by their place: a closure that is made again need not be read again. */
const texts = createLruMap<string, DescribedText | ClosurePlan>({ maxEntries: 2000, maxWeight: 16 * 2 ** 20 });

/** How `fn` travels. Throws `FunctionRefusal`. */
export function describeFunction(fn: AnyFunction): FunctionRecord {
  const known = described.get(fn);
  if (known !== undefined && isAsDescribed(fn, known)) return known.record;
  latest = undefined;
  const found = describeAnew(fn);
  if ('closure' in found) rememberClosure(fn, found.closure);
  else if ('cells' in found) rememberClosure(fn, createKnown(found));
  else rememberFunction(fn, found.record);
  const record = 'closure' in found ? found.closure.record : found.record;
  // A handle says where a function is; neither it nor its module was met here.
  if (findHandleTarget(fn) === undefined) noteKnown(fn, record);
  return record;
}

function isAsDescribed(fn: AnyFunction, { record, keyCount, parent, closure }: Described): boolean {
  const isNamedByText = record.kind === 'text' || (record.kind === 'value' && closure?.plan !== undefined);
  if (isNamedByText && record.name !== (ownNameOf(fn) ?? '')) return false;
  return keyCount === undefined || (keyCount === ownKeys(fn).length && parent === getPrototypeOf(fn));
}

/** The scopes of the function that was described last: its values are mostly asked for next. */
let latest: { readonly fn: AnyFunction; readonly scopes: readonly ScopeView[] } | undefined;

/** What the record of a function by value does not hold, read now. Throws `FunctionRefusal`. */
export function readFunctionState(fn: AnyFunction, options: StateOptions): ClosureState {
  // Mostly it was described just now.
  if (!described.has(fn)) describeFunction(fn);
  const closure = described.get(fn)?.closure;
  if (closure === undefined) throw new FunctionRefusal('it is no function by value any more');
  const scopes = latest?.fn === fn && closure.plan?.thisOwner === undefined ? latest.scopes : undefined;
  latest = undefined;
  const { shared, holder, around } = options;
  return code().readState(fn, closure, { shared, holder, around, scopes, describe: describeFunction });
}

function createKnown(plan: ClosurePlan): KnownClosure {
  const { record, place } = plan;
  return { record, plan, place, settled: undefined, readMade: undefined, madeHead: [] };
}

type Found = { readonly record: FunctionRecord } | ClosurePlan | { readonly closure: KnownClosure };

function describeAnew(fn: AnyFunction): Found {
  if (types.isProxy(fn)) throw new FunctionRefusal('it is a Proxy');
  const target = findHandleTarget(fn);
  if (target !== undefined) {
    if (!isEntryScript(target.url)) return { record: target };
    throw new FunctionRefusal('its module is the entry script, which a worker must not run again; move it to a module');
  }
  const text = Reflect.apply(textOf, fn, []) as string;
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return describeNative(fn);
  const own = findOwnError(fn) ?? findRequire(fn);
  if (own !== undefined) return { record: own };
  return withInspector((inspector) => describeWithInspector(fn, text, inspector)) ?? describeWithout(fn, text);
}

/** The namespace of a module that some variable holds: what it exports says where it is. */
export function findNamespace(object: object): FunctionRecord | undefined {
  if (!types.isModuleNamespaceObject(object)) return undefined;
  const wrapped = findWrapped(object as Readonly<Record<string, unknown>>);
  if (wrapped !== undefined) return wrapped;
  for (const name of Object.keys(object)) {
    const value = (object as Record<string, unknown>)[name];
    const url = typeof value === 'function' ? findModuleOf(value as AnyFunction) : undefined;
    if (url !== undefined && isNamespaceOf(object, url)) {
      return { kind: 'import', specifier: url, parent: url, name: '*' };
    }
  }
  return undefined;
}

/** Modules of Node and of CommonJS are seen through their default export, whose members the others are. */
function findWrapped(namespace: Readonly<Record<string, unknown>>): FunctionRecord | undefined {
  if (!Object.hasOwn(namespace, 'default')) return undefined;
  const exported = namespace.default as Readonly<Record<string, unknown>> | null;
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return undefined;
  const builtin = findBuiltinModule(exported);
  const url = builtin ?? findExportsOf(exported)?.url;
  if (
    url === undefined ||
    !Object.keys(namespace).every((key) => WRAPPERS.has(key) || namespace[key] === exported[key])
  )
    return undefined;
  if (builtin !== undefined && !Object.keys(exported).every((key) => key in namespace)) return undefined;
  return { kind: 'import', specifier: url, parent: url, name: '*' };
}

const WRAPPERS = new Set(['default', 'module.exports', '__esModule']);

function findModuleOf(fn: AnyFunction): string | undefined {
  try {
    const record = describeFunction(fn);
    return record.kind === 'module' ? record.url : undefined;
  } catch (error) {
    if (error instanceof FunctionRefusal) return undefined;
    throw error;
  }
}

/** Where the text of a function starts, as stack traces name it; `undefined` when V8 does not tell. */
export function locateFunction(fn: AnyFunction): TextPlace | undefined {
  const text = Reflect.apply(textOf, fn, []) as string;
  return withInspector((inspector) => {
    const view = inspector.view(fn);
    const script = findScript({ view, text }, inspector);
    const start = view.location && script?.findStart(text, view.location);
    const url = code().traceName(script);
    if (script === undefined || start === undefined || url === undefined) return undefined;
    return { url, ...script.positionAt(start) };
  });
}

function describeNative(fn: AnyFunction): Found {
  const builtin = findBuiltin(fn);
  if (builtin !== undefined) return { record: builtin };
  const name = ownNameOf(fn) ?? '';
  const bound = withInspector((inspector) => inspector.view(fn).bound());
  if (bound !== undefined) return { closure: describeBound(name, bound) };
  throw new FunctionRefusal(
    name.startsWith('bound ')
      ? `it is a bound function, whose "this" and arguments cannot be read${withProblem()}; pass them as arguments`
      : 'it is a native function of an unknown place; call it inside a function that is exported from a module',
  );
}

function withProblem(): string {
  const problem = inspectorProblem();
  return problem === undefined ? '' : `, and ${problem}`;
}

/** It is bound again where it arrives. */
function describeBound(name: string, { target, self, args }: BoundParts): KnownClosure {
  const names = args.map((_, index) => `arg${index}`);
  const record: ValueRecord = {
    kind: 'value',
    source: `target.bind(${['self', ...names].join()})`,
    form: 'expression',
    strict: true,
    name,
    line: 0,
    column: 0,
    cells: [],
    head: ['target', 'self', ...names],
  };
  const readMade = (): Cells => ({ values: [], uninitialized: [] });
  const place = name.replace(/ $/, ' (anonymous)');
  return { record, plan: undefined, place, settled: undefined, readMade, madeHead: [target, self, ...args] };
}

function describeWithInspector(fn: AnyFunction, text: string, inspector: Inspector): Found {
  const view = inspector.view(fn);
  const script = findScript({ view, text }, inspector);
  if (script?.url.startsWith('node:')) {
    const builtin = findBuiltin(fn);
    if (builtin !== undefined) return { record: builtin };
    throw new FunctionRefusal(`it is an inner function of Node (${script.url}): have it made inside the task`);
  }
  const start = view.location && script?.findStart(text, view.location);
  const site = { fn, text, view, script, start };
  const record = findReference(site);
  return record === undefined ? describeText(site) : { record };
}

/** A function and where it stands. */
interface Site {
  readonly fn: AnyFunction;
  readonly text: string;
  readonly view: FunctionView;
  readonly script: Script | undefined;
  readonly start: number | undefined;
}

function findReference({ fn, text, view, script, start }: Site): FunctionRecord | undefined {
  if (script === undefined || isTestTransform(script.source)) return undefined;
  const url = toModuleUrl(script.url);
  if (url === undefined || isByValue(url)) return undefined;
  const file = toFile(script.url);
  const name = script.isModule
    ? findModuleExport({ fn, text, script, start, scopes: view.scopes })
    : file && findCommonJsExport(fn, file);
  return name === undefined || name === '' ? undefined : { kind: 'module', url, name };
}

/**
 * jest and vitest run a file's text as a script of their own, with mocks that a worker does not have: such a function is
 * not the one that the file exports.
 */
function isTestTransform(source: string): boolean {
  return /^(?:\(\{"Object\.<anonymous>":|'use strict';async \(__vite_ssr_)/.test(source);
}

function describeText({ fn, text, view, script, start }: Site): Found {
  const { location } = view;
  const place = location && `${location.scriptId}:${location.line}:${location.column}:${ownNameOf(fn)}`;
  const known = place === undefined ? undefined : texts.get(place);
  // The text is the same, but this function may have got properties of its own.
  if (known !== undefined && !('cells' in known) && code().isAsItsText(fn, known)) return known;
  const scopes = view.scopes();
  if (known === undefined || !('cells' in known)) {
    const site = { fn, text, script, start, scopes };
    const read = code().describeByText(site);
    const found = 'record' in read ? read : code().planClosure(site, read.parsed, read.unit);
    if (place !== undefined) texts.set(place, found, text.length);
    noteText(found.record as TextRecord | ValueRecord);
    if (!('cells' in found)) return found;
    latest = { fn, scopes };
    return found;
  }
  latest = { fn, scopes };
  return known;
}

/** Without an inspector: what identity and the text alone can tell. */
function describeWithout(fn: AnyFunction, text: string): Found {
  const record = findBuiltin(fn) ?? findLoadedCommonJs(fn);
  if (record !== undefined) return { record };
  // There should be one class of a name, and what stands beside a file is found from that file only.
  const isTied = /^class\b|\bimport\s*\(/.test(text);
  const exported = isTied ? findReachableExport(fn) : undefined;
  if (exported !== undefined) return { record: exported };
  try {
    return code().describeByText({ fn, text, script: undefined, start: undefined, scopes: undefined }) as DescribedText;
  } catch (error) {
    const found = isTied ? undefined : findReachableExport(fn);
    if (found === undefined) throw error;
    return { record: found };
  }
}

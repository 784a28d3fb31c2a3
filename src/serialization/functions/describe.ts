/**
 * Decides how a function travels: by the path of a builtin, by the module that exports it, or by its own text.
 *
 * Rules: synchronous; loads no module and calls no function of the user's. The only file that asks all the others.
 * Guarantees: the entry script is never named; a function is looked into once; a refusal says what to do instead.
 */

import { types } from 'node:util';
import { type AnyFunction, type FunctionRecord, FunctionRefusal } from '../function-record.js';
import { findBuiltin } from './builtins.js';
import { isEntryScript, toFile, toModuleUrl } from './entry-script.js';
import { findCommonJsExport, findLoadedCommonJs, findModuleExport } from './exports.js';
import { ownNameOf } from './function-name.js';
import { findHandleTarget } from './import-tasks.js';
import { type FunctionView, type Inspector, withInspector } from './inspector.js';
import { noteKnown } from './known-functions.js';
import { createLruMap } from './lru-map.js';
import { noteText } from './original-positions.js';
import { refuseOwnState } from './own-state.js';
import { type DescribedText, describeByText, traceName } from './own-text.js';
import type { TextPlace } from './relocate-stack.js';
import { findScript, type Script } from './scripts.js';

const { toString: textOf } = Function.prototype;
const { ownKeys } = Reflect;

/** A record, and for a text the number of own properties that the function had with it. */
interface Described {
  readonly record: FunctionRecord;
  readonly keyCount: number | undefined;
}

const described = new WeakMap<AnyFunction, Described>();
/** Records of texts by their place: a closure that is made again need not be read again. */
const texts = createLruMap<string, DescribedText>({ maxEntries: 2000, maxWeight: 16 * 2 ** 20 });

/** How `fn` travels. Throws `FunctionRefusal`. */
export function describeFunction(fn: AnyFunction): FunctionRecord {
  const known = described.get(fn);
  if (known !== undefined && (known.keyCount === undefined || known.keyCount === ownKeys(fn).length)) {
    return known.record;
  }
  const record = describeAnew(fn);
  rememberFunction(fn, record);
  noteKnown(fn, record);
  return record;
}

/** Notes how a function travels, so that it is not looked into: for one that was made of a record. */
export function rememberFunction(fn: AnyFunction, record: FunctionRecord): void {
  described.set(fn, { record, keyCount: record.kind === 'text' ? ownKeys(fn).length : undefined });
}

function describeAnew(fn: AnyFunction): FunctionRecord {
  if (types.isProxy(fn)) throw new FunctionRefusal('it is a Proxy');
  const target = findHandleTarget(fn);
  if (target !== undefined) {
    if (!isEntryScript(target.url)) return target;
    throw new FunctionRefusal('its module is the entry script, which a worker must not run again; move it to a module');
  }
  const text = Reflect.apply(textOf, fn, []) as string;
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return describeNative(fn);
  return withInspector((inspector) => describeWithInspector(fn, text, inspector)) ?? describeWithout(fn, text);
}

/** Where the text of a function starts, as stack traces name it; `undefined` when V8 does not tell. */
export function locateFunction(fn: AnyFunction): TextPlace | undefined {
  const text = Reflect.apply(textOf, fn, []) as string;
  return withInspector((inspector) => {
    const view = inspector.view(fn);
    const script = findScript({ view, text }, inspector);
    const start = view.location && script?.findStart(text, view.location);
    const url = traceName(script);
    if (script === undefined || start === undefined || url === undefined) return undefined;
    return { url, ...script.positionAt(start) };
  });
}

function describeNative(fn: AnyFunction): FunctionRecord {
  const builtin = findBuiltin(fn);
  if (builtin !== undefined) return builtin;
  const isBound = withInspector((inspector) => inspector.view(fn).isBound) ?? ownNameOf(fn)?.startsWith('bound ');
  throw new FunctionRefusal(
    isBound
      ? 'it is a bound function, whose "this" and arguments cannot be read; pass them as arguments'
      : 'it is a native function of an unknown place; call it inside a function that is exported from a module',
  );
}

function describeWithInspector(fn: AnyFunction, text: string, inspector: Inspector): FunctionRecord {
  const view = inspector.view(fn);
  const script = findScript({ view, text }, inspector);
  if (script?.url.startsWith('node:')) {
    const builtin = findBuiltin(fn);
    if (builtin !== undefined) return builtin;
    throw new FunctionRefusal(`it is an inner function of Node (${script.url})`);
  }
  const start = view.location && script?.findStart(text, view.location);
  const site = { fn, text, view, script, start };
  return findReference(site) ?? describeText(site);
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
  if (url === undefined) return undefined;
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

function describeText({ fn, text, view, script, start }: Site): FunctionRecord {
  const { location } = view;
  const place = location && `${location.scriptId}:${location.line}:${location.column}:${ownNameOf(fn)}`;
  const known = place === undefined ? undefined : texts.get(place);
  if (known !== undefined) {
    // The text is the same, but this function may have got properties of its own.
    refuseOwnState(fn, known.shape);
    return known.record;
  }
  const read = describeByText({ fn, text, script, start, scopes: view.scopes() });
  noteText(read.record);
  if (place !== undefined) texts.set(place, read, text.length);
  return read.record;
}

/** Without an inspector: what identity and the text alone can tell. */
function describeWithout(fn: AnyFunction, text: string): FunctionRecord {
  const builtin = findBuiltin(fn);
  if (builtin !== undefined) return builtin;
  return (
    findLoadedCommonJs(fn) ??
    describeByText({ fn, text, script: undefined, start: undefined, scopes: undefined }).record
  );
}

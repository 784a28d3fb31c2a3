/**
 * Compiles the code of functions with captured variables. The text is run again for each function that is made, so that each has
 * variables of its own.
 *
 * Rules: knows no message. Reads nothing of what a task may have replaced while it makes a function.
 * Guarantees: as of `glue.ts`; a variable that had no value yet throws the same ReferenceError; a class that is known here is not
 * made again.
 */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyFunction, ClosureCode, MadeClosure, ValueRecord } from '../function-record.js';
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  SafeWeakMap,
  setPrototypeOf,
  stringIndexOf,
  stringSlice,
} from '../intrinsics.js';
import { findClass, isOriginal, noteClass, noteFunction } from './class-tracker.js';
import { type ClassHome, createFactory, type Factory, type Slot } from './closure-factory.js';
import { toFile } from './entry-script.js';
import { findHelpers, restoreName, takeMethod } from './glue.js';
import type { MemberPart } from './home-class.js';
import { createLruMap, type LruLimits } from './lru-map.js';
import { canRestore, type MadeState, restoreKeys, takeState } from './restored-class.js';

const { stringify } = JSON;

/** Reads the captured variables of a function that was made here. */
export type CellReader = () => readonly unknown[];

/** What the compiler tells of each function that it makes, with how to read its variables. */
export type NoteMade = (
  fn: AnyFunction,
  made: {
    readonly record: ValueRecord;
    readonly read: CellReader;
    readonly uninitialized: readonly number[];
    readonly head: readonly unknown[];
  },
) => void;

/** A compiler of closures with its own bounded cache. */
export interface ClosureCompiler {
  compile(record: ValueRecord): ClosureCode;
}

/** Makes a compiler of closures. */
export function createClosureCompiler(
  note: NoteMade,
  limits: LruLimits = { maxEntries: 1000, maxWeight: 16 * 2 ** 20 },
): ClosureCompiler {
  const compiled = createLruMap<string, ClosureCode>(limits);
  return {
    compile(record) {
      const key = stringify(record);
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const code = createCode(record, note);
      compiled.set(key, code, key.length);
      return code;
    },
  };
}

type FindFactory = (head: readonly unknown[], uninitialized: readonly number[]) => Factory;

/** One factory makes all functions of a record, but for those with variables that have no value yet; of what classes make, one for each. */
function createFactoryFinder(record: ValueRecord, helperNames: readonly string[]): FindFactory {
  const factoryOf = (uninitialized: readonly number[]): Factory =>
    createFactory(record, { helperNames, uninitialized });
  const usual = record.home === undefined ? factoryOf([]) : undefined;
  const atHome = new SafeWeakMap<AnyFunction, Factory>();
  return (head, uninitialized) => {
    if (usual !== undefined) return uninitialized.length === 0 ? usual : factoryOf(uninitialized);
    const type = head[0] as AnyFunction;
    const receiver = head[3];
    const isUsual = receiver === undefined && uninitialized.length === 0;
    const known = isUsual ? atHome.get(type) : undefined;
    if (known !== undefined) return known;
    const home = { run: homeOf(record, type).run, receiver };
    const factory = createFactory(record, { helperNames, uninitialized, home });
    if (isUsual) atHome.set(type, factory);
    return factory;
  };
}

function createCode(record: ValueRecord, note: NoteMade): ClosureCode {
  const helpers = findHelpers(record.source, record.url);
  const meta = record.meta === undefined ? undefined : createMeta(record);
  const given = helpers.values;
  const findFactory = createFactoryFinder(record, helpers.names);
  return {
    record,
    make({ id, head, uninitialized }) {
      const known = id === '' ? undefined : findClass(id);
      if (known !== undefined && isOriginal(id)) return { fn: known, origin: 'original', fill: () => {} };
      if (known !== undefined) {
        const again = reusable.get(known);
        // One that a task has frozen is made anew.
        if (again !== undefined && again.home === homeIn(record, head) && canRestore(again.state, head))
          return useAgain(known, again);
      }
      if (record.home !== undefined && head[2] !== undefined) return makeMember(record, { id, head }, note);
      const factory = findFactory(head, uninitialized);
      const slot = {} as Slot;
      const args: unknown[] = [slot];
      for (let i = 0; i < given.length; i++) args[args.length] = given[i];
      if (meta !== undefined) args[args.length] = meta;
      for (let i = 0; i < head.length; i++) args[args.length] = head[i];
      const made = apply(factory as (...all: unknown[]) => [object], undefined, args)[0];
      if (record.home !== undefined && record.form === 'method') setPrototypeOf(made, parentAtHome(record, head[0]));
      const fn = restoreName(record.form === 'method' ? takeMethod(made) : (made as AnyFunction), record.name);
      if (id !== '') {
        if (record.home === undefined) noteClass(fn, id);
        else noteFunction(fn, id);
        reusable.set(fn, { slot, state: takeState(fn, head), home: homeIn(record, head) });
      }
      note(fn, { record, read: () => slot.get(), uninitialized, head });
      const again = id === '' ? undefined : reusable.get(fn);
      return again === undefined ? { fn, origin: 'made', fill: (cells) => slot.set(cells) } : useAgain(fn, again);
    },
  };
}

/** What was made here and is used again, for it has a name. */
interface Reusable {
  readonly slot: Slot;
  readonly state: MadeState;
  /** The class that made it. */
  readonly home: unknown;
}

function homeIn({ home }: ValueRecord, head: readonly unknown[]): unknown {
  return home === undefined ? undefined : head[0];
}

const reusable = new SafeWeakMap<AnyFunction, Reusable>();

function useAgain(fn: AnyFunction, { slot, state }: Reusable): MadeClosure {
  return {
    fn,
    origin: 'made',
    fill: (cells) => slot.set(cells),
    restore: (defined) => restoreKeys(state, defined),
  };
}

/** What runs a text inside the class that was made here. */
function homeOf(record: ValueRecord, type: AnyFunction): ClassHome {
  const homes = reusable.get(type)?.slot.homes;
  if (homes === undefined) {
    throw new TypeError(
      `the function ${record.name || '(anonymous)'} uses private names or "super" of the class around it, which was not made here: only functions that were sent from here can come back`,
    );
  }
  const home = homes[record.home === 'static' ? 0 : 1];
  setPrototypeOf(home, parentAtHome(record, type));
  return home;
}

/** What `super` starts from. */
function parentAtHome({ home }: ValueRecord, type: unknown): object | null {
  return getPrototypeOf(home === 'static' ? type : (type as { prototype: object }).prototype) as object | null;
}

/** The class that is there has the function as a member. */
function makeMember(
  record: ValueRecord,
  { id, head }: { readonly id: string; readonly head: readonly unknown[] },
  note: NoteMade,
): MadeClosure {
  const type = head[0] as AnyFunction;
  const key = head[1] as PropertyKey;
  const part = head[2] as MemberPart;
  const owner = stringSlice(part, 0, 6) === 'static' ? type : (type as { prototype?: unknown }).prototype;
  const descriptor = getOwnPropertyDescriptor(owner, key);
  const kind = stringSlice(part, stringIndexOf(part, ' ') + 1);
  const fn: unknown = kind === 'get' ? descriptor?.get : kind === 'set' ? descriptor?.set : descriptor?.value;
  if (typeof fn !== 'function') throw new TypeError(`the class ${type.name} has no member "${String(key)}" here`);
  const values = record.cells.length;
  if (findClass(id) === undefined) noteFunction(fn as AnyFunction, id);
  note(fn as AnyFunction, { record, read: () => createHoles(values), uninitialized: [], head });
  return { fn: fn as AnyFunction, origin: 'made', fill: () => {} };
}

function createHoles(count: number): undefined[] {
  const holes: undefined[] = [];
  for (let i = 0; i < count; i++) holes[i] = undefined;
  return holes;
}

/** What `import.meta` holds in a file, but for what loaders add. */
function createMeta({ url = '' }: ValueRecord): object {
  const meta: Record<string, unknown> = { __proto__: null };
  const file = toFile(url);
  if (file !== undefined) {
    meta.dirname = dirname(file);
    meta.filename = file;
  }
  meta.main = false;
  meta.resolve = (specifier: string): string => resolveFrom(url, specifier);
  meta.url = url;
  return meta;
}

function resolveFrom(url: string, specifier: string): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
  if (URL.canParse(specifier)) return specifier;
  const found = createRequire(fileURLToPath(url)).resolve(specifier);
  return found.startsWith('/') || /^[a-z]:\\/i.test(found) ? new URL(`file://${found}`).href : `node:${found}`;
}

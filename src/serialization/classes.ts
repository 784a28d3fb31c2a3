/**
 * From an object's prototype to what the writer must know of it: the built-in base, and the class by which it travels.
 *
 * Rules: remembers each prototype; asks the function port about a class once. Guarantees: an own property named
 * `constructor` is never trusted, and no code of the class runs.
 */

import { createRequire } from 'node:module';
import { selfUrl } from '../base/self-url.js';
import { type AnyFunction, type FunctionPort, type FunctionRecord, FunctionRefusal } from './function-record.js';
import { functionToString, getPrototypeOf, isProxy, regExpTest, SafeWeakMap } from './intrinsics.js';
import { type Base, baseOfPrototype, constructorOf, eventEmitterPrototype, type Refused } from './kinds.js';

/** A class that both sides can find. */
export interface TravellingClass {
  readonly constructor: AnyFunction;
  readonly record: FunctionRecord;
}

/** What a prototype says of its objects. */
export interface ObjectKind {
  readonly base: Base;
  /** Absent when the prototype is the base's own. */
  readonly type?: TravellingClass;
  /** Why these objects cannot travel. */
  readonly refused?: string;
}

const NO_CLASS =
  'its prototype is not that of a class: send a plain object, or an instance of a class that a module exports';

/** Looks at prototypes for one writer. */
export class ClassTable {
  private readonly port: FunctionPort;
  private readonly known = new SafeWeakMap<object, ObjectKind>();

  constructor(port: FunctionPort) {
    this.port = port;
  }

  /** What the objects with this prototype are. */
  kindOf(prototype: object): ObjectKind {
    let kind = this.known.get(prototype);
    if (kind === undefined) {
      kind = this.inspect(prototype);
      this.known.set(prototype, kind);
    }
    return kind;
  }

  private inspect(prototype: object): ObjectKind {
    if (isProxy(prototype)) return { base: 'object', refused: 'its prototype is a Proxy' };
    const chain = chainOf(prototype);
    if (isRefused(chain.end)) return { base: 'object', refused: chain.end.refused };
    const base = chain.end ?? 'object';
    if (chain.parents.length === 0) return { base };
    const found = this.findClass(prototype, base);
    if ('refused' in found) return { base, refused: found.refused };
    const obstacle = base === 'error' ? privateMembers(chain.parents) : this.obstacle(chain.parents);
    return obstacle === undefined ? { base, type: found } : { base, refused: obstacle };
  }

  private findClass(prototype: object, base: Base): TravellingClass | Refused {
    const type = constructorOf(prototype);
    if (type === undefined) return { refused: NO_CLASS };
    const name = className(type);
    try {
      const record = this.port.describe(type);
      if (record.kind !== 'builtin') return { constructor: type, record };
      const allowed = base === 'error' || prototype === eventEmitterPrototype;
      return allowed ? { constructor: type, record } : { refused: builtin(name) };
    } catch (error) {
      if (!(error instanceof FunctionRefusal)) throw error;
      return { refused: `its class ${name} cannot be found from elsewhere: ${error.message}` };
    }
  }

  /** Why objects of these prototypes cannot be made again without their constructor. */
  private obstacle(prototypes: readonly object[]): string | undefined {
    for (let i = 1; i < prototypes.length; i++) {
      const type = constructorOf(prototypes[i] as object);
      if (type === undefined || prototypes[i] === eventEmitterPrototype) continue;
      if (this.isBuiltin(type)) return builtin(className(type));
    }
    return privateMembers(prototypes);
  }

  private isBuiltin(type: AnyFunction): boolean {
    try {
      return this.port.describe(type).kind === 'builtin';
    } catch {
      return false;
    }
  }
}

function builtin(name: string): string {
  return `it is an instance of the built-in class ${name}, which belongs to the process or thread that made it: send the data needed to make one there`;
}

/** A class's name in messages. */
export function className(type: AnyFunction): string {
  const { name } = type as { name: unknown };
  return typeof name === 'string' && name !== '' ? name : '(anonymous)';
}

function isRefused(end: Base | Refused | undefined): end is Refused {
  return typeof end === 'object';
}

/** The prototypes from `prototype` up to the first that the language owns, and what that one is. */
function chainOf(prototype: object): { parents: readonly object[]; end: Base | Refused | undefined } {
  const parents: object[] = [];
  for (let at: object | null = prototype; at !== null && parents.length < 1000; at = getPrototypeOf(at)) {
    const end = baseOfPrototype(at);
    if (end !== undefined) return { parents, end };
    parents[parents.length] = at;
    if (isProxy(at)) break;
  }
  return { parents, end: undefined };
}

const MAY_BE_PRIVATE = /#[\p{ID_Start}$_]/u;

/**
 * Private members cannot be read from outside, and an object made without its constructor does not have them. The class's
 * text is the only witness; a `#` inside a string or a comment makes a parse necessary, and only then acorn is loaded.
 */
function privateMembers(prototypes: readonly object[]): string | undefined {
  for (let i = 0; i < prototypes.length; i++) {
    const type = constructorOf(prototypes[i] as object);
    if (type === undefined) continue;
    const text = functionToString(type);
    if (!regExpTest(MAY_BE_PRIVATE, text) || !declaresPrivate(text)) continue;
    return `its class ${className(type)} has private members (#), which cannot be read from outside: give the pool a reducer for the class, or send a plain object`;
  }
  return undefined;
}

interface Member {
  readonly static: boolean;
  readonly key?: { readonly type: string };
}

function declaresPrivate(text: string): boolean {
  try {
    const acorn = createRequire(selfUrl)('acorn') as typeof import('acorn');
    const tree = acorn.parseExpressionAt(text, 0, { ecmaVersion: 'latest' }) as { body?: { body?: readonly Member[] } };
    const members = tree.body?.body ?? [];
    return members.some((member) => !member.static && member.key?.type === 'PrivateIdentifier');
  } catch {
    return true;
  }
}

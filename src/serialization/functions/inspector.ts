/**
 * Looks into one function through V8's inspector, in this very thread: where its text stands, and the variables around it.
 *
 * Rules: connects for one use and disconnects before it returns, because a connected session keeps what was logged alive.
 * No domain stays enabled: an enabled `Debugger` makes awaiting code ten times slower, so it is on only inside one
 * synchronous call. Knows nothing of modules, texts or records.
 * Guarantees: everything is synchronous; nothing is printed; nothing of it can be seen when `withInspector` has returned.
 */

import type * as InspectorModule from 'node:inspector';
import { createRequire } from 'node:module';
import { selfUrl } from '../../base/self-url.js';
import type { AnyFunction } from '../function-record.js';
import { probeShared, probeThis } from './function-probe.js';
import { type Connection, HOLDER, meet, type Post, type RemoteObject } from './inspector-protocol.js';
import type { BoundParts, FunctionView, Inspector, ScopeView, ScriptInfo } from './inspector-views.js';

interface InternalProperty {
  readonly name: string;
  readonly value?: RemoteObject;
}
interface ScopeEntry {
  readonly description: string;
  readonly object: Readonly<Record<string, unknown>>;
}

const requireBuiltin = createRequire(selfUrl);
const OBJECT_GROUP = 'tardigrade';

let inspectorModule: typeof InspectorModule | undefined;
/** Why there is no inspector, once that is known. */
let problem: string | undefined;

/** Why functions cannot be looked into here, as a sentence part with the flag to set; `undefined` while they can. */
export function inspectorProblem(): string | undefined {
  return problem;
}

function connect(): InspectorModule.Session | undefined {
  if (problem !== undefined) return undefined;
  try {
    inspectorModule ??= requireBuiltin('node:inspector') as typeof InspectorModule;
    const session = new inspectorModule.Session();
    session.connect();
    return session;
  } catch (error) {
    problem = explainMissing((error as NodeJS.ErrnoException).code);
    return undefined;
  }
}

function explainMissing(code: string | undefined): string {
  if (code !== 'ERR_ACCESS_DENIED') return 'this runtime has no inspector to find outer variables with';
  const [major = 0] = process.versions.node.split('.').map(Number);
  return major >= 24
    ? 'the permission model denies the inspector, which finds outer variables; allow it with --allow-inspector'
    : 'the permission model of this Node denies the inspector, which finds outer variables; Node 24 and later have --allow-inspector';
}

/** Whether a debugger may be attached, which a breakpoint would stop. */
export function isWatched(): boolean {
  return (requireBuiltin('node:inspector') as typeof InspectorModule).url() !== undefined;
}

/** Runs `use` with a connected inspector; without calling it, returns `undefined` where there is none. */
export function withInspector<T>(use: (inspector: Inspector) => T): T | undefined {
  const session = connect();
  if (session === undefined) return undefined;
  try {
    return use(createInspector(session));
  } finally {
    session.disconnect();
  }
}

function createInspector(session: InspectorModule.Session): Inspector {
  const post = <T>(method: string, params?: object): T => {
    let answer: unknown;
    let failure: Error | null = null;
    // Within one thread the callback runs before `post` returns.
    session.post(method, params, (error: Error | null, result: unknown) => {
      failure = error;
      answer = result;
    });
    if (failure !== null) throw failure;
    return answer as T;
  };
  return {
    view: (fn) => viewFunction(post, fn),
    probeThis: (fn) => probeThis({ session, post }, fn),
    probeShared: (one, other, name) =>
      probeShared({ session, post }, one, {
        name,
        readOther: () => viewFunction(post, other).scopes(),
      }),
    readUrls: () => readUrls(post),
    readScripts: () => withDebugger({ session, post }, (scripts) => scripts),
    readScript: (scriptId) =>
      withDebugger({ session, post }, (scripts) => ({
        scripts,
        source: post<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId }).scriptSource,
      })),
  };
}

function viewFunction(post: Post, fn: AnyFunction): FunctionView {
  const { result } = meet({ value: fn }, () =>
    post<{ result: RemoteObject }>('Runtime.evaluate', {
      expression: `${HOLDER}.value`,
      silent: true,
      objectGroup: OBJECT_GROUP,
    }),
  );
  const { internalProperties = [], privateProperties = [] } = post<{
    internalProperties?: InternalProperty[];
    privateProperties?: InternalProperty[];
  }>('Runtime.getProperties', { objectId: result.objectId, ownProperties: true });
  const find = (name: string): RemoteObject | undefined => internalProperties.find((item) => item.name === name)?.value;
  const location = find('[[FunctionLocation]]')?.value as
    | { scriptId: string; lineNumber: number; columnNumber: number }
    | undefined;
  return {
    location: location && {
      scriptId: location.scriptId,
      line: location.lineNumber,
      column: location.columnNumber,
    },
    isBound: find('[[TargetFunction]]') !== undefined,
    bound: () => readBound(post, find),
    scopes: () => readScopes(post, find('[[Scopes]]')),
    readPrivate: (wanted) => fetchValue(post, privateProperties.find(({ name }) => name === wanted)?.value),
  };
}

function readBound(post: Post, find: (name: string) => RemoteObject | undefined): BoundParts | undefined {
  const target = fetchValue(post, find('[[TargetFunction]]'));
  if (typeof target !== 'function') return undefined;
  return {
    target: target as AnyFunction,
    self: fetchValue(post, find('[[BoundThis]]')),
    args: Array.from(fetchValue(post, find('[[BoundArgs]]')) as ArrayLike<unknown>),
  };
}

/** The value itself. */
function fetchValue(post: Post, remote: RemoteObject | undefined): unknown {
  if (remote?.objectId === undefined) return readPrimitive(remote);
  const holder: { value: unknown } = { value: undefined };
  meet(holder, () =>
    post('Runtime.callFunctionOn', {
      objectId: remote.objectId,
      functionDeclaration: `function(){'use strict';${HOLDER}.value=this}`,
      silent: true,
    }),
  );
  return holder.value;
}

function readPrimitive(remote: RemoteObject | undefined): unknown {
  const text = remote?.unserializableValue;
  if (text === undefined) return remote?.value;
  return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text);
}

function readScopes(post: Post, scopes: RemoteObject | undefined): readonly ScopeView[] {
  if (scopes?.objectId === undefined) return [];
  const holder: { value: ArrayLike<ScopeEntry> | undefined } = { value: undefined };
  meet(holder, () =>
    post('Runtime.callFunctionOn', {
      objectId: scopes.objectId,
      functionDeclaration: `function(){${HOLDER}.value=this}`,
      silent: true,
    }),
  );
  return Array.from(holder.value ?? [], ({ description, object }) => ({
    kind: scopeKind(description),
    variables: object,
  }));
}

function scopeKind(description: string): ScopeView['kind'] {
  switch (description) {
    case 'With Block':
      return 'with';
    case 'Module':
      return 'module';
    case 'Script':
      return 'script';
    case 'Global':
      return 'global';
    default:
      return 'function';
  }
}

function readUrls(post: Post): ReadonlyMap<string, string> {
  try {
    const { result } = post<{ result: { scriptId: string; url: string }[] }>('Profiler.getBestEffortCoverage');
    return new Map(result.map(({ scriptId, url }) => [scriptId, url]));
  } catch {
    return new Map();
  }
}

/** Enabling the debugger lists all scripts, and lets their texts be read while it is on. */
function withDebugger<T>({ session, post }: Connection, use: (scripts: readonly ScriptInfo[]) => T): T {
  const scripts: ScriptInfo[] = [];
  session.on('Debugger.scriptParsed', ({ params }: { params: { isModule?: boolean } & ScriptInfo }) => {
    const { scriptId, url, isModule = false, startLine, startColumn } = params;
    scripts.push({ scriptId, url, isModule, startLine, startColumn });
  });
  post('Debugger.enable');
  try {
    return use(scripts);
  } finally {
    post('Debugger.disable');
    session.removeAllListeners();
  }
}

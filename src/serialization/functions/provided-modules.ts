/**
 * Modules of this package that are named without a place: each side has its own copy, and in a bundle they are no files.
 *
 * Rules: loads nothing by itself.
 */

type Namespace = Readonly<Record<string, unknown>>;
type Load = () => Promise<unknown>;

/** What makes an executor of what has travelled. */
export const EXECUTOR_ARRIVAL = 'tardigrade:executor-arrival';

const loaders = new Map<string, Load>();

/** Says how a module is loaded in this thread. Who says it first is right: a bundle knows itself best. */
export function provideModule(name: string, load: Load): void {
  if (!loaders.has(name)) loaders.set(name, load);
}

/** Loads such a module; `undefined` when it is none. */
export function loadProvided(name: string): Promise<Namespace> | undefined {
  return loaders.get(name)?.() as Promise<Namespace> | undefined;
}

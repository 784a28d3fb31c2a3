/**
 * Reads the exports of modules that the program itself has loaded: `import()` of one gives its only instance.
 *
 * Rules: never the entry script, and no module that the program has not loaded.
 * Guarantees: always ends. A module that still waits at its top, perhaps for the very answer that is being read, counts
 * as unknown after a while.
 */

import { wallClock } from '../../base/clock.js';
import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { toFile, toModuleUrl } from './entry-script.js';
import { withInspector } from './inspector.js';
import { isKnownModule } from './known-functions.js';
import type { ModuleLoader } from './module-loader.js';
import { hasScript } from './scripts.js';

type ModuleRecord = Extract<FunctionRecord, { kind: 'module' }>;

/** A loaded module answers within a few turns of the loop. */
const ANSWER_TIMEOUT_MS = 1000;
/** Listing the scripts takes milliseconds; a module that was not loaded is not looked for again at once. */
const UNKNOWN_FOR_MS = 1000;

/** Modules that the program has loaded. */
export interface LoadedModules {
  find(record: ModuleRecord): Promise<AnyFunction | undefined> | undefined;
}

/** Makes a finder that uses the loader's cache. */
export function createLoadedModules(modules: ModuleLoader): LoadedModules {
  const unknownUntilMs = new Map<string, number>();
  const isLoaded = (url: string): boolean => {
    if ((unknownUntilMs.get(url) ?? 0) > wallClock.nowMs()) return false;
    if (isKnownModule(url)) return true;
    const file = toFile(url);
    const isThere = withInspector((inspector) => hasScript(url, inspector) || (file && hasScript(file, inspector)));
    return Boolean(isThere);
  };
  const giveUp = (url: string): undefined => {
    if (unknownUntilMs.size > 1000) unknownUntilMs.clear();
    unknownUntilMs.set(url, wallClock.nowMs() + UNKNOWN_FOR_MS);
    return undefined;
  };
  return {
    find(record) {
      const url = toModuleUrl(record.url);
      if (url === undefined) return undefined;
      if (!isLoaded(url)) return giveUp(url);
      return new Promise((resolve) => {
        // Somebody waits for the answer, so the program must not end before it.
        const timer = wallClock.startTimer(ANSWER_TIMEOUT_MS, () => resolve(giveUp(url)), { keepAlive: true });
        Promise.resolve()
          .then(() => modules.find(record))
          .catch(() => undefined)
          .then((fn) => {
            timer.stop();
            resolve(fn);
          });
      });
    },
  };
}

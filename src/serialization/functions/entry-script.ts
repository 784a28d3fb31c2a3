/**
 * Which script this thread was started with, and which addresses name a module that a worker may load.
 *
 * Rules: looks at the command line and the file system's links only; reads no module.
 * Guarantees: the entry script is never named as something to load, under any of its addresses: that would run the
 * program a second time.
 */

import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { selfUrl } from '../../base/self-url.js';

const requireHere = createRequire(selfUrl);
// Programs rewrite `process.argv`; what counts is what Node started.
const startedWith: string | undefined = process.argv[1];
let entryFiles: ReadonlySet<string> | undefined;

function findEntryFiles(): ReadonlySet<string> {
  const files = new Set<string>();
  const add = (find: () => string | undefined): void => {
    try {
      const file = find();
      if (file !== undefined) files.add(file);
    } catch {
      // No such file: the program was not started from one.
    }
  };
  add(() => requireHere.main?.filename);
  // After `node -e` the first argument stands where a script's name would.
  const isEvaluated = (process as { _eval?: unknown })._eval !== undefined;
  if (startedWith === undefined || isEvaluated) return files;
  add(() => startedWith);
  // `node .`, `node app` and links name the file as `require` would.
  add(() => requireHere.resolve(startedWith));
  return files;
}

/** Whether this file or URL is the script that this thread was started with. */
export function isEntryScript(location: string): boolean {
  entryFiles ??= findEntryFiles();
  const file = toFile(location);
  return file !== undefined && entryFiles.has(file);
}

/** The file behind a script's name, which is a URL for an ES module and a path for a CommonJS one. */
export function toFile(location: string): string | undefined {
  if (!location.startsWith('file:')) return isAbsolute(location) ? location : undefined;
  try {
    return fileURLToPath(location);
  } catch {
    return undefined;
  }
}

/**
 * The URL under which a worker loads this script as a module; `undefined` when it must not or cannot: the entry script,
 * what has no file (`node -e`, stdin, the REPL, `data:`), and what was loaded under a query or hash.
 */
export function toModuleUrl(location: string): string | undefined {
  if (isEntryScript(location)) return undefined;
  if (location.startsWith('file:')) return /[?#]/.test(location) ? undefined : location;
  return isAbsolute(location) ? pathToFileURL(location).href : undefined;
}

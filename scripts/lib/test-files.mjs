/**
 * Which test files there are: the sources under test/ and what the compiler makes of them under build/test/.
 */

import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

function listSources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** The compiled test files that belong to the given files or folders under test/; all of them by default. */
export function findTests(paths) {
  const wanted = paths.length > 0 ? paths.map((path) => resolve(path)) : [join(root, 'test')];
  const sources = wanted.flatMap((path) => (statSync(path).isDirectory() ? listSources(path) : [path]));
  return [...new Set(sources)].sort().map((source) => {
    const inTests = relative(join(root, 'test'), source).split(sep).join('/');
    return join(root, 'build', 'test', inTests.replace(/\.ts$/, '.js'));
  });
}

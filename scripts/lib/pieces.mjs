/**
 * Modules that are loaded when they are first needed: the sources name them by `requireOwn('./file.js')`.
 *
 * Rules: knows the one form in which they are named.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const NAMED = /\brequireOwn\('(\.[^']+)'\)/g;
const MAKER = /^const requireOwn = createRequire\(import\.meta\.url\);$/m;

/** The modules below a folder that are named so, by their paths without `.js` below it. */
export function findPieces(folder) {
  const found = new Set();
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const path = join(folder, name);
    for (const [, target] of readFileSync(path, 'utf8').matchAll(NAMED)) found.add(resolve(dirname(path), target));
  }
  return [...found].map((path) => relative(folder, path).replace(/\.js$/, '').replaceAll(sep, '/'));
}

/** For esbuild: `write` makes, of what a file names, what stands for it, and adds to `before` what stands before all. */
export function namePieces(write) {
  return {
    name: 'pieces',
    setup(build) {
      build.onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!MAKER.test(text)) return undefined;
        const before = [];
        const contents = text.replace(MAKER, '').replace(NAMED, (_, target) => write({ target, before }));
        return { contents: before.join('') + contents, loader: 'js' };
      });
    },
  };
}

/** For esbuild: an entry `entry:<path>` is the first file that `filesOf` names for it; the others are loaded before it. */
export function joinEntries(filesOf) {
  return {
    name: 'entries',
    setup(build) {
      build.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }));
      // Another entry, which stands beside this one.
      build.onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        kind === 'dynamic-import' ? { path, external: true } : undefined,
      );
      build.onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => {
        const [own, ...company] = filesOf(path).map((file) => JSON.stringify(file));
        const contents = `${company.map((file) => `import ${file};\n`).join('')}export * from ${own};`;
        return { contents, loader: 'js', resolveDir: '/' };
      });
    },
  };
}

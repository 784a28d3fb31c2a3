/**
 * The program of closures as a bundle, by each bundler and in each format: with the package left out, as is best, and with
 * the package inside where that works.
 *
 * Rules: bundlers are loaded from the workspace; each build is one call of the bundler's own interface.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';

const LEFT_OUT = [/^tardigrade(\/|$)/, /^node:/];
const INSIDE = [/^node:/, 'acorn', 'koffi'];

/** Loads a bundler: each can be required. */
function load(workspace, name) {
  return createRequire(join(workspace, 'package.json'))(name);
}

const esbuild =
  (format, external) =>
  async (workspace, { entry, output }) => {
    const { build } = load(workspace, 'esbuild');
    const options = { bundle: true, platform: 'node', format, external, outfile: output, logLevel: 'error' };
    await build({
      entryPoints: [entry],
      absWorkingDir: workspace,
      logOverride: { 'empty-import-meta': 'silent' },
      ...options,
    });
  };

const rollup =
  (format, external) =>
  async (workspace, { entry, output }) => {
    const { rollup: open } = load(workspace, 'rollup');
    const { nodeResolve } = load(workspace, '@rollup/plugin-node-resolve');
    const bundle = await open({ input: join(workspace, entry), external, plugins: [nodeResolve()], onwarn() {} });
    await bundle.write({ file: join(workspace, output), format, inlineDynamicImports: true });
    await bundle.close();
  };

const rolldown =
  (format, external) =>
  async (workspace, { entry, output }) => {
    const { rolldown: open } = load(workspace, 'rolldown');
    const bundle = await open({ input: join(workspace, entry), platform: 'node', external, logLevel: 'silent' });
    await bundle.write({ file: join(workspace, output), format, codeSplitting: false });
    await bundle.close();
  };

const webpack =
  (format) =>
  async (workspace, { entry, output }) => {
    const open = load(workspace, 'webpack');
    const module = format === 'esm';
    const configuration = {
      mode: 'production',
      target: 'node',
      context: workspace,
      entry: `./${entry}`,
      output: { path: workspace, filename: output, module },
      experiments: { outputModule: module },
      externalsType: module ? 'module' : 'commonjs',
      externals: ['tardigrade'],
      performance: false,
      cache: false,
    };
    await new Promise((resolve, reject) => {
      const compiler = open(configuration, (error, stats) => {
        const wrong =
          error ?? (stats.hasErrors() ? new Error(stats.toString({ all: false, errors: true })) : undefined);
        compiler.close(() => (wrong === undefined ? resolve() : reject(wrong)));
      });
    });
  };

const BUNDLES = {
  'esbuild, ES module': { build: esbuild('esm', ['tardigrade']), format: 'esm' },
  'esbuild, CommonJS': { build: esbuild('cjs', ['tardigrade']), format: 'cjs' },
  'rollup, ES module': { build: rollup('es', LEFT_OUT), format: 'esm' },
  'rollup, CommonJS': { build: rollup('cjs', LEFT_OUT), format: 'cjs' },
  'rolldown, ES module': { build: rolldown('esm', LEFT_OUT), format: 'esm' },
  'rolldown, CommonJS': { build: rolldown('cjs', LEFT_OUT), format: 'cjs' },
  // With a top-level await the program's own exports are a promise in webpack's runtime, which `import()` captures.
  'webpack, ES module': { build: webpack('esm'), format: 'esm', text: 'cjs' },
  'webpack, CommonJS': { build: webpack('cjs'), format: 'cjs' },
  'rollup, ES module, package inside': { build: rollup('es', INSIDE), format: 'esm' },
  'rollup, CommonJS, package inside': { build: rollup('cjs', INSIDE), format: 'cjs' },
  'rolldown, ES module, package inside': { build: rolldown('esm', INSIDE), format: 'esm' },
};

/** What the workspace needs for them. */
export const BUNDLERS = {
  '@rollup/plugin-node-resolve': '^16.0.0',
  rolldown: '^1.3.0',
  rollup: '^4.68.0',
  webpack: '^5.112.0',
};

/** One environment a bundle. `texts` is the program with a top-level `await`, and without; both import, as ES modules do. */
export function bundleEnvironments(texts) {
  const entries = Object.entries(BUNDLES).map(([name, { build, format, text = format }], index) => {
    const output = `bundle-${index}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const entry = `bundle-${index}.src.mjs`;
    const environment = {
      file: entry,
      text: texts[text],
      build: (workspace) => build(workspace, { entry, output }),
      run: ['node', output],
    };
    return [name, environment];
  });
  return Object.fromEntries(entries);
}

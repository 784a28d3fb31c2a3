/**
 * Turns the ES modules that esbuild has made into CommonJS, one by one, so that the pieces stay pieces: what two entries share
 * is one module for both.
 *
 * Rules: for output of esbuild only: imports stand at the top, what is exported is named at the end, pieces import no piece
 * that imports them. Without comments, for those in classes are kept by esbuild and are read by every process that starts.
 * Guarantees: throws where the result would mean something else: an export that is assigned after the module was loaded,
 * top-level `await`, `import.meta`.
 */

import { parse } from 'acorn';

/** Every node of a tree. */
function* walk(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* walk(item);
  } else if (node !== null && typeof node === 'object' && typeof node.type === 'string') {
    yield node;
    for (const key in node) yield* walk(node[key]);
  }
}

function* functionsOf(program) {
  for (const statement of program.body) if (statement.type !== 'ImportDeclaration') yield statement;
}

/** How a module is named in `require`: other pieces by their new names. */
const targetOf = (source) => JSON.stringify(source.startsWith('.') ? source.replace(/\.js$/, '.cjs') : source);

function convertImport({ specifiers, source }) {
  const required = `require(${targetOf(source.value)})`;
  const lines = [];
  const named = [];
  for (const { type, imported, local } of specifiers) {
    if (type === 'ImportSpecifier') {
      named.push(imported.name === local.name ? local.name : `${imported.name}: ${local.name}`);
    } else lines.push(`const ${local.name} = ${required};`);
  }
  if (named.length > 0) lines.push(`const { ${named.join(', ')} } = ${required};`);
  return specifiers.length === 0 ? `${required};` : lines.join('\n');
}

function convertExport({ specifiers }) {
  const names = specifiers.map(({ local, exported }) =>
    local.name === exported.name ? local.name : `${exported.name}: ${local.name}`,
  );
  return `module.exports = {\n${names.map((name) => `  ${name},\n`).join('')}};`;
}

/** Names are not told apart by scope: one that is assigned anywhere counts as assigned. */
function refuseAssigned(program, exported, path) {
  for (const node of walk([...functionsOf(program)])) {
    const target =
      node.type === 'AssignmentExpression' ? node.left : node.type === 'UpdateExpression' ? node.argument : undefined;
    if (target?.type === 'Identifier' && exported.has(target.name)) {
      throw new Error(`${path}: ${target.name} is exported and assigned, which CommonJS does not show to others`);
    }
  }
}

/** The text as CommonJS. `path` is for messages, `pathOf` says where a piece is that is loaded when it is needed. */
export function toCommonJs(text, { path, pathOf }) {
  const comments = [];
  const program = parse(text, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments });
  /** What takes the place of what, in order. */
  const edits = comments.map(({ start, end }) => ({ start, end, text: '' }));
  const exported = new Set();
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') edits.push({ ...node, text: convertImport(node) });
    else if (node.type === 'ExportNamedDeclaration') {
      for (const { local } of node.specifiers) exported.add(local.name);
      edits.push({ ...node, text: convertExport(node) });
    } else if (node.type.startsWith('Export')) throw new Error(`${path}: ${node.type} is not expected`);
  }
  refuseAssigned(program, exported, path);
  for (const node of walk(program)) {
    if (node.type === 'MetaProperty' && node.meta.name === 'import') throw new Error(`${path}: import.meta`);
    if (node.type === 'CallExpression' && node.callee.name === '__piece') {
      edits.push({ ...node, text: `require(${JSON.stringify(pathOf(node.arguments[0].value))})` });
    }
    const { value } = node.type === 'ImportExpression' ? node.source : {};
    if (typeof value !== 'string' || !value.startsWith('.')) continue;
    edits.push({ ...node, text: `Promise.resolve().then(() => require(${targetOf(value)}))` });
  }
  edits.sort((a, b) => b.start - a.start);
  let result = text;
  for (const edit of edits) result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  return `'use strict';\n${result.replace(/^\s*\n/gm, '')}`;
}

/** An ES module with the same names as a CommonJS one, of which `from` is the path. */
export function facadeOf(names, from) {
  const lines = names.map((name) => `export const ${name} = all.${name};`);
  return `import all from ${JSON.stringify(from)};\n${lines.join('\n')}\n`;
}

/**
 * The parser, loaded when the first text must be read, and the two things that are parsed: a function's own text and a
 * whole script.
 *
 * Rules: the only file that names acorn as a value. Knows no record and no scope.
 */

import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';
import type { AnyNode, Program } from 'acorn';
import { selfUrl } from '../../base/self-url.js';
import { FunctionRefusal } from '../function-record.js';

const requireParser = createRequire(selfUrl);
let acorn: typeof Acorn | undefined;

/** Loads the parser; from inside a bundle, the one that the installed package has. Throws when there is none. */
function load(): typeof Acorn {
  try {
    acorn ??= requireParser('acorn') as typeof Acorn;
  } catch (cause) {
    try {
      acorn = createRequire(requireParser.resolve('tardigrade/package.json'))('acorn') as typeof Acorn;
    } catch {
      const why = `this package was bundled into ${selfUrl}, and its parser 'acorn' is not installed near there`;
      throw new FunctionRefusal(`${why}: install acorn, or leave tardigrade out of the bundle`, { cause });
    }
  }
  return acorn;
}

function parse(text: string, options: Partial<Acorn.Options>): Program {
  return load().parse(text, { ecmaVersion: 'latest', ...options });
}

/** A parsed function or class. `offset` + a node's `start` is the place in the function's text. */
export interface ParsedFunction {
  readonly node: AnyNode;
  /** `'method'` when the text only parses inside an object literal. */
  readonly form: 'expression' | 'method';
  /** The key, when the form is a method. */
  readonly key: AnyNode | undefined;
  /** Whether the key is computed, or the name of a private method. */
  readonly isKeyForeign: boolean;
  /** To be added to a node's position to find it in the text. */
  readonly offset: number;
}

// `new.target` and `return` need a function around them.
const EXPRESSION_GLUE = '(function(){return(';
const METHOD_GLUE = '(function(){return({';

/** Parses what `Function.prototype.toString` gives; `undefined` when it is none of JavaScript's forms. */
export function parseFunctionText(text: string): ParsedFunction | undefined {
  return parseAs(text, 'expression') ?? parseAs(text, 'method');
}

function parseAs(text: string, form: 'expression' | 'method'): ParsedFunction | undefined {
  const glue = form === 'expression' ? EXPRESSION_GLUE : METHOD_GLUE;
  // A private method taken out of its class parses under a plain name of the same length.
  const isPrivate = form === 'method' && /^(?:(?:async|get|set)\b)?[\s*]*#/.test(text);
  // Outside of the `try`: that it is missing is no fault of the text.
  load();
  const plain = isPrivate ? text.replace('#', '_') : text;
  try {
    const program = parse(`${glue}${plain}\n${form === 'expression' ? ')})' : '})})'}`, {
      // `import.meta` is reported by the analysis, with its place.
      allowImportExportEverywhere: true,
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
    });
    const found = unwrap(program);
    if (found === undefined) return undefined;
    const offset = -glue.length;
    if (form === 'expression') return { node: found, form, key: undefined, isKeyForeign: false, offset };
    const [property] = found.type === 'ObjectExpression' ? found.properties : [];
    if (property?.type !== 'Property') return undefined;
    return { node: property, form, key: property.key, isKeyForeign: property.computed || isPrivate, offset };
  } catch {
    return undefined;
  }
}

function unwrap(program: Program): AnyNode | undefined {
  const [statement] = program.body;
  if (statement?.type !== 'ExpressionStatement' || statement.expression.type !== 'FunctionExpression') return undefined;
  const [inner] = statement.expression.body.body;
  return inner?.type === 'ReturnStatement' ? (inner.argument ?? undefined) : undefined;
}

/** Parses a whole script as it was executed; `undefined` when acorn cannot. */
export function parseScript(source: string, { isModule }: { readonly isModule: boolean }): Program | undefined {
  try {
    return parse(source, {
      sourceType: isModule ? 'module' : 'script',
      allowHashBang: true,
      allowReturnOutsideFunction: true,
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
    });
  } catch {
    return undefined;
  }
}

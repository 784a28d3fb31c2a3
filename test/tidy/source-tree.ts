/**
 * Reads TypeScript sources into plain data for the tidy rules: imports, functions, exports with their documentation, and
 * which global names each file uses.
 *
 * Rules: knows no rule. The compiler's own parser reads the files, real ones or a sample's, so that nothing depends on
 * how a line is written.
 */

import { posix } from 'node:path';
import * as ast from 'typescript/unstable/ast';
import { createVirtualFileSystem, type FileSystem } from 'typescript/unstable/fs';
import { API, type Checker, type Symbol as ExportedSymbol, type Project, SymbolFlags } from 'typescript/unstable/sync';

/** A place in a file: a name with its 1-based line. */
export interface Named {
  readonly name: string;
  readonly line: number;
}

/** What the rules know of one file. Paths are relative to the project's folder, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  /** Whether nothing of it is left when the types are gone. */
  readonly isTypesOnly: boolean;
  /** `target` is the path of the imported file, absent for a package or a module of Node. */
  readonly imports: readonly (Named & { readonly target?: string })[];
  readonly functions: readonly (Named & { readonly lineCount: number })[];
  readonly exports: readonly (Named & { readonly isDocumented: boolean })[];
  /** What it passes on by `export { … } from`. */
  readonly passedOn: readonly { readonly name: string; readonly from: string }[];
  /** Public members of the exported classes and interfaces, named `Class.member`. */
  readonly members: readonly (Named & { readonly isDocumented: boolean })[];
  /** Uses of names that are not declared by a member or as a key: `setTimeout`, `Date.now`, `new Date()`. */
  readonly uses: readonly Named[];
}

/** The sources of a project, and every path that exists in it. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
}

const GLOBAL_OBJECTS = new Set(['Date', 'Math', 'performance', 'process', 'crypto', 'AbortSignal', 'globalThis']);

class FileReader {
  readonly imports: (Named & { target?: string })[] = [];
  readonly functions: (Named & { lineCount: number })[] = [];
  readonly uses: Named[] = [];
  readonly passedOn: { name: string; from: string }[] = [];
  readonly #lineStarts: readonly number[];
  readonly #source: ast.SourceFile;
  readonly #path: string;

  constructor(source: ast.SourceFile, path: string) {
    this.#source = source;
    this.#path = path;
    this.#lineStarts = ast.computeLineStarts(source.text);
  }

  lineAt(position: number): number {
    const next = this.#lineStarts.findIndex((start) => start > position);
    return next === -1 ? this.#lineStarts.length : next;
  }

  lineOf(node: ast.Node): number {
    return this.lineAt(node.getStart(this.#source));
  }

  visit(node: ast.Node): void {
    this.#readImport(node);
    this.#readFunction(node);
    this.#readUse(node);
    node.forEachChild((part) => {
      this.visit(part);
    });
  }

  #readImport(node: ast.Node): void {
    const specifier = findSpecifier(node);
    if (specifier === undefined) return;
    const found = { name: specifier, line: this.lineOf(node) };
    if (!specifier.startsWith('.')) this.imports.push(found);
    else {
      const target = posix.join(posix.dirname(this.#path), specifier).replace(/\.js$/, '.ts');
      this.imports.push({ ...found, target });
      if (ast.isExportDeclaration(node) && node.exportClause !== undefined && ast.isNamedExports(node.exportClause)) {
        for (const { propertyName, name } of node.exportClause.elements) {
          this.passedOn.push({ name: (propertyName ?? name).text, from: target });
        }
      }
    }
  }

  #readFunction(node: ast.Node): void {
    if (!ast.isFunctionLikeDeclaration(node) || node.body === undefined) return;
    const first = this.lineOf(node);
    const name = nameOf(node)?.getText(this.#source) ?? describeOwner(node, this.#source);
    this.functions.push({ name, line: first, lineCount: this.lineAt(node.end) - first + 1 });
  }

  #readUse(node: ast.Node): void {
    const line = (): number => this.lineOf(node);
    if (ast.isIdentifier(node) && isFree(node)) this.uses.push({ name: node.text, line: line() });
    if (ast.isPropertyAccessExpression(node) && ast.isIdentifier(node.expression)) {
      const owner = node.expression.text;
      if (GLOBAL_OBJECTS.has(owner)) this.uses.push({ name: `${owner}.${node.name.text}`, line: line() });
    }
    if (ast.isNewExpression(node) && ast.isIdentifier(node.expression) && node.expression.text === 'Date') {
      if ((node.arguments?.length ?? 0) === 0) this.uses.push({ name: 'new Date()', line: line() });
    }
  }
}

/** The module that an import, a re-export, an `import()` or an import type names. */
function findSpecifier(node: ast.Node): string | undefined {
  let specifier: ast.Node | undefined;
  if (ast.isImportDeclaration(node) || ast.isExportDeclaration(node)) specifier = node.moduleSpecifier;
  else if (ast.isCallExpression(node) && node.expression.kind === ast.SyntaxKind.ImportKeyword)
    specifier = node.arguments[0];
  else if (ast.isImportTypeNode(node) && ast.isLiteralTypeNode(node.argument)) specifier = node.argument.literal;
  return specifier !== undefined && ast.isStringLiteral(specifier) ? specifier.text : undefined;
}

/** The name of what an unnamed function is given to. */
function describeOwner(node: ast.Node, source: ast.SourceFile): string {
  const owner = node.parent;
  const hasName =
    ast.isVariableDeclaration(owner) || ast.isPropertyAssignment(owner) || ast.isPropertyDeclaration(owner);
  return hasName ? owner.name.getText(source) : '(a function)';
}

/** Where an identifier is a key or a member's name, not a variable. */
const NAMED_PARTS = new Set<ast.SyntaxKind>([
  ast.SyntaxKind.PropertyAccessExpression,
  ast.SyntaxKind.PropertyAssignment,
  ast.SyntaxKind.PropertyDeclaration,
  ast.SyntaxKind.PropertySignature,
  ast.SyntaxKind.MethodDeclaration,
  ast.SyntaxKind.MethodSignature,
]);

/** Whether the identifier stands for a variable: neither a key, a member's name nor the name after a dot. */
function isFree(node: ast.Node): boolean {
  const owner = node.parent;
  if (ast.isQualifiedName(owner)) return owner.left === node;
  return !(NAMED_PARTS.has(owner.kind) && nameOf(owner) === node);
}

function nameOf(node: ast.Node): ast.Node | undefined {
  return 'name' in node ? (node.name as ast.Node | undefined) : undefined;
}

function isHidden(text: string): boolean {
  return /@internal\b/.test(text);
}

/** The members that a user sees: not private, not `@internal`, not inherited, not a repeated (overridden) one. */
function readMembers(
  owner: ast.Node,
  ownerName: string,
  reader: FileReader,
  source: ast.SourceFile,
): SourceFile['members'] {
  if (!ast.isClassDeclaration(owner) && !ast.isInterfaceDeclaration(owner)) return [];
  const members: (Named & { isDocumented: boolean })[] = [];
  for (const member of owner.members) {
    const memberName = nameOf(member);
    // A computed name, such as a symbol of Node's, is a protocol that is described where it comes from.
    if (memberName === undefined || ast.isPrivateIdentifier(memberName) || ast.isComputedPropertyName(memberName))
      continue;
    const full = source.text.slice(member.pos, member.end);
    if (isHidden(full) || /^\s*(?:\/\*[\s\S]*?\*\/\s*)?(?:private|override)\b/.test(full)) continue;
    const name = `${ownerName}.${memberName.getText(source)}`;
    members.push({ name, line: reader.lineOf(member), isDocumented: (member.jsDoc?.length ?? 0) > 0 });
  }
  return members;
}

function readExports(
  checker: Checker,
  source: ast.SourceFile,
  reader: FileReader,
): Pick<SourceFile, 'exports' | 'members'> {
  const moduleSymbol = checker.getSymbolAtLocation(source);
  const symbols: readonly ExportedSymbol[] = moduleSymbol === undefined ? [] : checker.getExportsOfModule(moduleSymbol);
  const places = new Map<string, ast.Node>();
  for (const statement of source.statements) {
    const names = ast.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
    for (const declared of names) {
      if ('name' in declared && declared.name !== undefined)
        places.set((declared.name as ast.Node).getText(source), declared);
    }
  }
  const lineOf = (name: string): number => {
    const place = places.get(name);
    return place === undefined ? 1 : reader.lineOf(place);
  };
  // What a file passes on was documented, or complained about, where it was declared.
  const own = symbols
    .map((symbol) => ((symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)))
    .filter((symbol, index) => symbol === symbols[index] || places.has(symbol.name));
  const isDocumented = (symbol: ExportedSymbol): boolean => checker.getDocumentationCommentOfSymbol(symbol) !== '';
  return {
    exports: own.map((symbol) => ({
      name: symbol.name,
      line: lineOf(symbol.name),
      isDocumented: isDocumented(symbol),
    })),
    members: own.flatMap(({ name }) => {
      const place = places.get(name);
      return place === undefined ? [] : readMembers(place, name, reader, source);
    }),
  };
}

const TYPE_STATEMENTS = new Set<ast.SyntaxKind>([
  ast.SyntaxKind.InterfaceDeclaration,
  ast.SyntaxKind.TypeAliasDeclaration,
]);

function isTypeStatement(statement: ast.Statement): boolean {
  if (ast.isImportDeclaration(statement)) return statement.importClause?.phaseModifier === ast.SyntaxKind.TypeKeyword;
  if (ast.isExportDeclaration(statement)) return statement.isTypeOnly;
  return TYPE_STATEMENTS.has(statement.kind);
}

function readProject(project: Project, folder: string): SourceTree {
  const files = project.rootFiles.map((fileName): SourceFile => {
    const source = project.program.getSourceFile(fileName);
    if (source === undefined) throw new Error(`the compiler does not know ${fileName}`);
    const path = posix.relative(folder, fileName);
    const reader = new FileReader(source, path);
    reader.visit(source);
    const { text } = source;
    const { imports, functions, uses, passedOn } = reader;
    const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const isTypesOnly = source.statements.every(isTypeStatement);
    return {
      path,
      text,
      lineCount,
      isTypesOnly,
      imports,
      functions,
      uses,
      passedOn,
      ...readExports(project.checker, source, reader),
    };
  });
  return { files };
}

function openProject({ folder, config, fs }: { folder: string; config: string; fs?: FileSystem }): SourceTree {
  const api = new API(fs === undefined ? { cwd: folder } : { cwd: folder, fs });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [posix.join(folder, config)] });
    const [project] = snapshot.getProjects();
    if (project === undefined) throw new Error(`${config} could not be opened`);
    const tree = readProject(project, folder);
    snapshot.dispose();
    return tree;
  } finally {
    api.close();
  }
}

/** Reads the project of a `tsconfig.json`; `folder` is where the paths begin. */
export function readSourceTree({ folder, config }: { readonly folder: string; readonly config: string }): SourceTree {
  return openProject({ folder, config });
}

/** Reads sources that exist in memory only: paths with their text. */
export function readSample(sources: Readonly<Record<string, string>>): SourceTree {
  const files: Record<string, string> = {
    '/sample/tsconfig.json': '{ "compilerOptions": { "noLib": true, "module": "nodenext" }, "include": ["**/*.ts"] }',
  };
  for (const [path, text] of Object.entries(sources)) files[`/sample/${path}`] = text;
  return openProject({ folder: '/sample', config: 'tsconfig.json', fs: createVirtualFileSystem(files) });
}

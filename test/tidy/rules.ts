/**
 * What the tidy test holds the sources to: each rule is a function from a tree of sources to the places that break it,
 * each with what to do instead.
 *
 * Rules: pure; what belongs to this repository (ranks, limits, exceptions) comes from `policy.ts` or as an argument.
 */

import type { SourceFile, SourceTree } from './source-tree.js';

/** A place that breaks a rule. */
export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  /** What is wrong, and what to do about it. */
  readonly advice: string;
}

/** The lowest rank may be imported by all above it. */
export type Ranks = Readonly<Record<string, number>>;

/** Formats a breach as an editor understands it. */
export function formatBreach({ path, line, rule, advice }: Breach): string {
  return `${path}:${line}: ${rule}: ${advice}`;
}

/** The folder under src/ that a file belongs to; a file in src/ itself is its own. */
function folderOf(path: string): string {
  const [, first = '', ...rest] = path.split('/');
  return rest.length === 0 ? first : `${first}/`;
}

/** Imports go to the own folder or to a lower rank. */
export function checkRanks({ files }: SourceTree, ranks: Ranks): Breach[] {
  const breaches: Breach[] = [];
  for (const { path, imports } of files) {
    const folder = folderOf(path);
    const rank = ranks[folder];
    const report = (line: number, advice: string): void => void breaches.push({ path, line, rule: 'ranks', advice });
    if (rank === undefined)
      report(1, `${folder} has no rank; give it one in test/tidy/policy.ts and docs/architecture.md`);
    for (const { target, line } of imports) {
      if (target === undefined || rank === undefined) continue;
      const other = folderOf(target);
      const otherRank = ranks[other] ?? Number.POSITIVE_INFINITY;
      if (other === folder || otherRank < rank) continue;
      report(
        line,
        `${folder} (rank ${rank}) imports ${target} (rank ${otherRank}); hand it in from above, or move it down`,
      );
    }
  }
  return breaches;
}

/** Folders that act on nothing import nothing but the project's own files. */
export function checkPureFolders({ files }: SourceTree, pureFolders: readonly string[]): Breach[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target === undefined && pureFolders.some((folder) => path.startsWith(folder)))
      .map(({ name, line }) => ({
        path,
        line,
        rule: 'pure',
        advice: `'${name}' is outside; make it a port that is handed in`,
      })),
  );
}

/** No file imports itself, by whatever detour. */
export function checkCycles({ files }: SourceTree): Breach[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const breaches: Breach[] = [];
  const finished = new Set<string>();
  const visit = (file: SourceFile, trail: readonly string[]): void => {
    if (finished.has(file.path)) return;
    for (const { target, line } of file.imports) {
      const next = target === undefined ? undefined : byPath.get(target);
      if (next === undefined) continue;
      const start = [...trail, file.path].indexOf(next.path);
      if (start === -1) visit(next, [...trail, file.path]);
      else {
        const cycle = [...[...trail, file.path].slice(start), next.path].join(' → ');
        breaches.push({
          path: file.path,
          line,
          rule: 'cycle',
          advice: `${cycle}; move what they share to a file of its own`,
        });
      }
    }
    finished.add(file.path);
  };
  for (const file of files) visit(file, []);
  return breaches;
}

/** Files stay short enough to be read in one go. */
export function checkFileLength({ files }: SourceTree, limit: number): Breach[] {
  return files
    .filter(({ lineCount }) => lineCount > limit)
    .map(({ path, lineCount }) => {
      return {
        path,
        line: limit,
        rule: 'file length',
        advice: `${lineCount} lines, over ${limit}; find the border and split it`,
      };
    });
}

/** Functions stay short enough to be seen at once. */
export function checkFunctionLength({ files }: SourceTree, limit: number): Breach[] {
  return files.flatMap(({ path, functions }) =>
    functions
      .filter(({ lineCount }) => lineCount > limit)
      .map(({ name, line, lineCount }) => {
        const advice = `${name} has ${lineCount} lines, over ${limit}; keep the branches, move what they do into leaves`;
        return { path, line, rule: 'function length', advice };
      }),
  );
}

/** Names that only some files may use, with what to use instead. */
export interface Ban {
  readonly rule: string;
  readonly names: readonly string[];
  /** Packages or modules of Node that give the same by another way. */
  readonly modules: readonly string[];
  readonly instead: string;
  readonly isAllowed: (path: string) => boolean;
}

/** Nobody uses what is banned for its file. */
export function checkBan({ files }: SourceTree, { rule, names, modules, instead, isAllowed }: Ban): Breach[] {
  return files
    .filter(({ path }) => !isAllowed(path))
    .flatMap(({ path, uses, imports }) => [
      ...uses
        .filter(({ name }) => names.includes(name))
        .map(({ name, line }) => ({ path, line, rule, advice: `${name}: ${instead}` })),
      ...imports
        .filter(({ name }) => modules.includes(name))
        .map(({ name, line }) => ({ path, line, rule, advice: `'${name}': ${instead}` })),
    ]);
}

/** No mark says that something is unfinished. */
export function checkMarks({ files }: SourceTree): Breach[] {
  // Put together, so that the rule's own file does not break it.
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X'.repeat(3), 'HA' + 'CK'].join('|')})\\b`);
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((content, index) => {
      const mark = marks.exec(content)?.[1];
      if (mark === undefined) return [];
      return [{ path, line: index + 1, rule: 'marks', advice: `${mark}: finish it, or name the issue that will` }];
    }),
  );
}

/** Every exported name says what it is. */
export function checkDocumentation({ files }: SourceTree): Breach[] {
  return files.flatMap(({ path, exports }) =>
    exports
      .filter(({ isDocumented }) => !isDocumented)
      .map(({ name, line }) => ({
        path,
        line,
        rule: 'documentation',
        advice: `${name} is exported; say what it is in a doc comment`,
      })),
  );
}

/** Every member that a user sees says what it is: those of the classes and interfaces that the `doors` pass on. */
export function checkMembers({ files }: SourceTree, doors: readonly string[]): Breach[] {
  const passedOn = files.filter(({ path }) => doors.includes(path)).flatMap((file) => file.passedOn);
  const isPublic = (path: string, owner: string | undefined): boolean =>
    passedOn.some(({ name, from }) => from === path && name === owner);
  return files.flatMap(({ path, members }) =>
    members
      .filter(({ name, isDocumented }) => !isDocumented && isPublic(path, name.split('.')[0]))
      .map(({ name, line }) => {
        return { path, line, rule: 'documentation', advice: `${name} is public; say what it is in a doc comment` };
      }),
  );
}

/** Every file opens with what it does. */
export function checkHeaders({ files }: SourceTree, isExempt: (path: string) => boolean = () => false): Breach[] {
  return files
    .filter(({ path, text }) => !isExempt(path) && !/^(#!.*\n)?(\/\*\*|\/\/ )/.test(text))
    .map(({ path }) => {
      return {
        path,
        line: 1,
        rule: 'header',
        advice: 'begin the file with a comment: what it does, its rules, its guarantees',
      };
    });
}

/** Source files without a test of their own that are tested together: where, and why there. */
export interface TestedTogether {
  /** A folder (with a slash), or the beginning of some files' paths. */
  readonly sources: string;
  readonly testedBy: string;
  readonly because: string;
}

/** Every source file that does something has its test at the same place under test/, or belongs to an entry of the table. */
export function checkTests(
  { files }: SourceTree,
  testPaths: ReadonlySet<string>,
  together: readonly TestedTogether[],
): Breach[] {
  const table = 'test/tidy/policy.ts';
  const report = (path: string, advice: string): Breach => ({ path, line: 1, rule: 'tests', advice });
  const testOf = (path: string): string => path.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts');
  const alone = files
    .filter(({ path, isTypesOnly }) => !isTypesOnly && !testPaths.has(testOf(path)))
    .map(({ path }) => path);
  const untested = alone.filter((path) => !together.some(({ sources }) => path.startsWith(sources)));
  const stale = together.filter(({ sources }) => !alone.some((path) => path.startsWith(sources)));
  const dangling = together.filter(({ testedBy }) => !testPaths.has(testedBy));
  return [
    ...untested.map((path) => report(path, `write ${testOf(path)}, or say in ${table} where it is tested`)),
    ...stale.map(({ sources }) => report(sources, `its entry in ${table} is not needed; remove it`)),
    ...dangling.map(({ sources, testedBy }) => report(sources, `${testedBy}, named in ${table}, is not there`)),
  ];
}

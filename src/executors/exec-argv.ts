/**
 * Which of this program's Node options a worker gets.
 *
 * Loaders, conditions and limits must reach it, or modules would load differently there; what tells Node which program to
 * run, or opens a port or writes a file for this one process, must not.
 */

/** Options that are left out, with whether a value follows as an argument of its own. */
const LEFT_OUT: ReadonlyMap<string, 'alone' | 'with-value'> = new Map([
  ['-e', 'with-value'],
  ['--eval', 'with-value'],
  ['-p', 'with-value'],
  ['--print', 'with-value'],
  ['-pe', 'with-value'],
  ['-i', 'alone'],
  ['--interactive', 'alone'],
  ['-c', 'alone'],
  ['--check', 'alone'],
  ['--input-type', 'with-value'],
  ['--run', 'with-value'],
]);

const LEFT_OUT_PREFIXES = [
  '--inspect',
  '--test',
  '--experimental-test',
  '--watch',
  '--cpu-prof',
  '--heap-prof',
  '--prof',
  '--debug',
  '--build-sea',
];

/** Only options and their values stand among Node's options, and a value that looks like an option comes after a `=`. */
function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('-');
}

/** The options of `execArgv` that make sense in a worker. */
export function inheritExecArgv(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index += 1) {
    const argument = execArgv[index] as string;
    const name = argument.split('=', 1)[0] as string;
    if (!LEFT_OUT.has(name) && !LEFT_OUT_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      kept.push(argument);
      continue;
    }
    if (LEFT_OUT.get(name) === 'with-value' ? !argument.includes('=') : isValue(execArgv[index + 1])) index += 1;
  }
  return kept;
}

/** Options that a thread may be given and that change how modules load there, with whether a value follows. */
const FOR_THREADS: ReadonlyMap<string, 'alone' | 'with-value'> = new Map([
  ['--import', 'with-value'],
  ['--require', 'with-value'],
  ['-r', 'with-value'],
  ['--loader', 'with-value'],
  ['--experimental-loader', 'with-value'],
  ['--conditions', 'with-value'],
  ['-C', 'with-value'],
  ['--enable-source-maps', 'alone'],
  ['--preserve-symlinks', 'alone'],
  ['--experimental-strip-types', 'alone'],
  ['--experimental-transform-types', 'alone'],
  ['--experimental-default-type', 'with-value'],
  ['--no-warnings', 'alone'],
]);

/**
 * Node's options for a thread, `undefined` to inherit them. Inheriting is best, for Node refuses most options when they are
 * given; but `--input-type`, which goes with a program given as text, would end a thread whose program is a file.
 */
export function inheritThreadExecArgv(execArgv: readonly string[]): string[] | undefined {
  const nameOf = (argument: string): string => argument.split('=', 1)[0] as string;
  if (!execArgv.some((argument) => LEFT_OUT.has(nameOf(argument)))) return undefined;
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index += 1) {
    const argument = execArgv[index] as string;
    const shape = FOR_THREADS.get(nameOf(argument));
    const valueFollows = (shape ?? LEFT_OUT.get(nameOf(argument))) === 'with-value' && !argument.includes('=');
    if (shape !== undefined) kept.push(...execArgv.slice(index, index + (valueFollows ? 2 : 1)));
    if (valueFollows) index += 1;
  }
  return kept;
}

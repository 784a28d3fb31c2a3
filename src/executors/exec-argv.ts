/**
 * Which of this program's Node options a worker process gets.
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

/** The options of `execArgv` that make sense in a worker. */
export function inheritExecArgv(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index += 1) {
    const argument = execArgv[index] as string;
    const name = argument.split('=', 1)[0] as string;
    const shape = LEFT_OUT.get(name);
    if (shape === 'with-value' && !argument.includes('=')) index += 1;
    if (shape !== undefined || LEFT_OUT_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    kept.push(argument);
  }
  return kept;
}

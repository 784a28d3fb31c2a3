/**
 * Which build of the package is under test: the one that users load, or the folder that TARDIGRADE_CHAOS_LIBRARY names.
 *
 * Rules: workers ask as well; they inherit the environment.
 */

/** The module specifier of a public entry. */
export function libraryEntry(entry: 'index' | 'worker'): string {
  const folder = process.env.TARDIGRADE_CHAOS_LIBRARY;
  if (folder !== undefined) return `${folder}${entry}.js`;
  return entry === 'index' ? 'tardigrade' : 'tardigrade/worker';
}

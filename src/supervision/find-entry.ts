/**
 * Finds the file that workers start with: the package's own, also from inside a bundle, or the one that the user names.
 *
 * Rules: looks whether files are there; starts nothing.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TardigradeError } from '../base/errors.js';
import { selfExtension, selfUrl } from '../base/self-url.js';
import type { WorkerEntry } from './worker-entry.js';

/** What a worker is. */
type Kind = 'process' | 'thread';

const FILES = { process: 'main', thread: 'thread-main' } as const;

/** Where the entry stands in a package that was not bundled. */
export function usualEntry(kind: Kind): URL {
  return new URL(`../worker/${FILES[kind]}${selfExtension}`, selfUrl);
}

/**
 * The entry, if it is not the usual one. From inside a bundle, that of the installed package, if there is one.
 *
 * Throws `TardigradeError` when there is no file to start workers with.
 */
export function findEntry(kind: Kind, given: string | URL | undefined): WorkerEntry | undefined {
  const named = given ?? process.env.TARDIGRADE_WORKER_ENTRY;
  if (named !== undefined && named !== '') return fromUser(named, given === undefined ? 'env' : 'option');
  if (existsSync(usualEntry(kind))) return undefined;
  const installed = findInstalled(kind);
  if (installed !== undefined) return { file: installed, instruct: () => undefined };
  throw new TardigradeError(
    `the file that workers start with is not at ${fileURLToPath(usualEntry(kind))}, as this package was bundled into ` +
      `${fileURLToPath(selfUrl)}, and it is not installed near there; bundle 'tardigrade/worker-entry' as a file of its own ` +
      'and name that with the option workerEntry or the environment variable TARDIGRADE_WORKER_ENTRY',
  );
}

function fromUser(named: string | URL, by: 'env' | 'option'): WorkerEntry {
  const file = named instanceof URL ? named : named.startsWith('file:') ? new URL(named) : pathToFileURL(named);
  if (!existsSync(file)) {
    const who = by === 'option' ? 'options.workerEntry' : 'TARDIGRADE_WORKER_ENTRY';
    throw new TardigradeError(`${who} names ${fileURLToPath(file)}, which does not exist`);
  }
  return { file, instruct: () => undefined };
}

function findInstalled(kind: Kind): URL | undefined {
  try {
    const manifest = createRequire(selfUrl).resolve('tardigrade/package.json');
    const file = new URL(`dist/worker/${FILES[kind]}.cjs`, pathToFileURL(manifest));
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

// Writes a file so that it is never seen half written: beside its place first, and then there.

import { renameSync, writeFileSync } from 'node:fs';

/** The text of a file, old or new, whatever happens in between. */
export function writeWhole(path, text) {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { nameHostFile, pidNamespace } from '#src/supervision/host-files.js';

const SKIP = existsSync('/proc/self/stat') ? false : 'there is no /proc here';

test('a name says whose the file is, and is given once', () => {
  const pattern = new RegExp(`^tardigrade-${process.pid}-${pidNamespace}-\\d+-\\d+\\.data$`);
  const names = [nameHostFile('.data'), nameHostFile('.data')];
  for (const name of names) assert.match(name, pattern);
  assert.notEqual(names[0], names[1]);
});

test('the start time is the one that a shell reads of this process', { skip: SKIP }, () => {
  const ofShell = spawnSync('/bin/sh', ['-c', `read -r l < /proc/${process.pid}/stat; set -- \${l##*) }; echo \${20}`]);
  assert.equal(nameHostFile('').split('-')[3], ofShell.stdout.toString().trim());
});

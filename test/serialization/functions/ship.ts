/** Runs a host that describes functions and a worker that revives them, each as a real process of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FunctionRecord } from '#src/serialization/function-record.js';

const fixturesUrl = new URL('../../../../test/fixtures/raw/functions/', import.meta.url);

/** Whether this Node runs TypeScript by itself. */
export const stripsTypes = (process.features as { typescript?: unknown }).typescript === 'strip';

/** The URL of a fixture. */
export function fixtureUrl(name: string): string {
  return new URL(name, fixturesUrl).href;
}

/** The path of a fixture. */
export function fixturePath(name: string): string {
  return fileURLToPath(fixtureUrl(name));
}

/** Line and column of a text in a fixture, from 1. */
export function findText(fixture: string, text: string): readonly [line: number, column: number] {
  const lines = readFileSync(fixturePath(fixture), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(text));
  return [at + 1, (lines[at] ?? '').indexOf(text) + 1];
}

/** What a host printed. */
export interface Described {
  readonly records: Readonly<Record<string, FunctionRecord>>;
  readonly refusals: Readonly<Record<string, string>>;
  readonly stderr: string;
}

/** What became of one call in a worker. */
export interface Outcome {
  readonly value?: unknown;
  readonly name?: string;
  readonly length?: number;
  readonly error?: string;
  readonly cause?: string;
  readonly stack?: string;
}

function runNode(args: readonly string[], input: string): { stdout: string; stderr: string } {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(fixturesUrl),
    encoding: 'utf8',
    input,
    env,
    timeout: 300_000,
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

/** Describes the functions of a host that is started with these arguments. */
export function describeIn(args: readonly string[], input = ''): Described {
  const { stdout, stderr } = runNode(args, input);
  const line = stdout.split('\n').find((text) => text.startsWith('{"records"')) ?? '';
  return { ...(JSON.parse(line) as Omit<Described, 'stderr'>), stderr };
}

/** Calls revived functions in a worker: `[name, ...args]` each. What it prints on stderr fails the test. */
export function callIn(
  records: Described['records'],
  calls: readonly (readonly [string, ...unknown[]])[],
  args: readonly string[] = [],
): Outcome[] {
  const input = JSON.stringify({ records, calls });
  const { stdout, stderr } = runNode([...args, fixturePath('revive.mjs')], input);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Outcome[];
}

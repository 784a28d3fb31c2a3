/** Runs rounds of chaos, checks each, and adds them up. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRound, type Verdict } from './checker.js';
import { type LedgerLine, parseLedger } from './ledger.js';
import { type Kind, planRound, type Weather } from './plan.js';
import type { RoundRecord } from './records.js';
import { runRound } from './round.js';

/** What was counted over the rounds of one kind. */
export interface Tally {
  rounds: number;
  tasks: number;
  settled: Record<string, number>;
  kills: { outside: number; inside: number };
  ways: Record<string, number>;
  workersStarted: number;
  workersLost: number;
  retried: number;
  lostBeforeFirstLine: number;
  ms: number;
  violations: string[];
}

/** Nothing yet. */
export function createTally(): Tally {
  return {
    rounds: 0,
    tasks: 0,
    settled: {},
    kills: { outside: 0, inside: 0 },
    ways: {},
    workersStarted: 0,
    workersLost: 0,
    retried: 0,
    lostBeforeFirstLine: 0,
    ms: 0,
    violations: [],
  };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function addRound(tally: Tally, { record, verdict }: { record: RoundRecord; verdict: Verdict }): void {
  const { plan, settlements, strikes } = record;
  tally.rounds += 1;
  tally.tasks += plan.tasks.length;
  for (const { outcome } of settlements) count(tally.settled, outcome);
  for (const { how } of strikes) count(tally.ways, how);
  tally.kills.outside += verdict.kills.outside;
  tally.kills.inside += verdict.kills.inside;
  tally.workersStarted += record.workersStarted;
  tally.workersLost += record.workersLost;
  tally.retried += verdict.retried;
  tally.lostBeforeFirstLine += verdict.lostBeforeFirstLine;
  tally.violations.push(...verdict.violations.map((violation) => `seed ${plan.seed}, ${plan.kind}: ${violation}`));
}

function readLedger(path: string): LedgerLine[] {
  return existsSync(path) ? parseLedger(readFileSync(path, 'utf8')) : [];
}

/** Runs the round of a seed, checks it and adds it. */
export async function addSeed(tally: Tally, seed: number, kind: Kind, weather?: Weather): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const startMs = performance.now();
  try {
    const ledger = join(folder, 'ledger');
    const record = await runRound(planRound(seed, kind, weather), ledger);
    tally.ms += performance.now() - startMs;
    addRound(tally, { record, verdict: checkRound(record, readLedger(ledger)) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

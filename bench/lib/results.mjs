// Stores what a question found as JSON, with what one must know to judge it: when, where, and how busy the machine was.

import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { basename, join } from 'node:path';
import { isQuick, resultsFolder } from './settings.mjs';

const question = basename(process.argv[1], '.mjs');
const loadBefore = os.loadavg()[0];
const parts = [];

const round = (number) => Number(number.toPrecision(6));

/** Adds a part to the question's file, when results are stored at all. */
export function storePart(part) {
  if (resultsFolder === undefined) return;
  parts.push(part);
  const stored = {
    question,
    date: new Date().toISOString(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: os.cpus()[0].model,
    cpus: os.availableParallelism(),
    load: [loadBefore, os.loadavg()[0]].map(round),
    quick: isQuick,
    parts,
  };
  const text = JSON.stringify(stored, (_key, value) => (typeof value === 'number' ? round(value) : value), 2);
  // An array of figures on one line, as one reads it.
  const lines = text.replaceAll(/\[\s+((?:[-\d.e+]+|null)(?:,\s+(?:[-\d.e+]+|null))*)\s+\]/g, (_all, list) => {
    return `[${list.replaceAll(/,\s+/g, ', ')}]`;
  });
  writeFileSync(join(resultsFolder, `${question}.json`), `${lines}\n`);
}

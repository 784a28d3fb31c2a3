/**
 * `npm run docs`: draws the state diagrams of docs/architecture.md anew, from the built package's tables.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import * as states from '../build/src/core/states.js';
import { drawDiagrams } from './lib/state-diagrams.mjs';

const page = new URL('../docs/architecture.md', import.meta.url);
writeFileSync(page, drawDiagrams(readFileSync(page, 'utf8'), states));

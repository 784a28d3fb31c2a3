// What does a task cost the host in two builds of this package? CPU time, runs of the two in turns.
//
//   node bench/tools/builds.mjs OLD/dist/lib/index.js NEW/dist/lib/index.js [rounds]

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BATCH = 10_000;
const ONE_BY_ONE = 3000;
const self = fileURLToPath(import.meta.url);

async function cpuOf(act, count) {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function measure(build) {
  const { ProcessPoolExecutor } = await import(build);
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const double = (value) => value * 2;
  const batch = () => Promise.all(Array.from({ length: BATCH }, (_, value) => pool.submit(double, value)));
  const oneByOne = async () => {
    for (let value = 0; value < ONE_BY_ONE; value += 1) await pool.submit(double, value);
  };
  await batch();
  const figures = [await cpuOf(batch, BATCH), await cpuOf(oneByOne, ONE_BY_ONE)];
  await pool.shutdown();
  console.log(JSON.stringify(figures));
}

function compare(builds, rounds) {
  const found = builds.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, build] of builds.entries()) {
      const { stdout } = spawnSync(process.execPath, [self, 'measure', pathToFileURL(resolve(build)).href], {
        encoding: 'utf8',
      });
      found[index].push(JSON.parse(stdout));
    }
  }
  for (const [index, build] of builds.entries()) {
    const [together, alone] = [0, 1].map((column) => {
      const sorted = found[index].map((figures) => figures[column]).sort((a, b) => a - b);
      return sorted[Math.floor(rounds / 2)].toFixed(1);
    });
    console.log(`${together} µs a task in a batch, ${alone} µs one by one: ${build}`);
  }
}

const [first, second, rounds = '9'] = process.argv.slice(2);
if (first === 'measure') await measure(second);
else compare([first, second], Number(rounds));

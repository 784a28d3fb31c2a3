// What does a pool cost under the permission model, where workers may hold no task because nothing can be taken back from them?
//
//   node bench/permission.mjs

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COUNT = 5000;
const ROUNDS = 5;
const self = fileURLToPath(import.meta.url);

async function measure() {
  const { ProcessPoolExecutor } = await import('tardigrade');
  const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const double = (value) => value * 2;
  const runAll = () => Promise.all(Array.from({ length: COUNT }, (_, value) => pool.submit(double, value)));
  await runAll();
  const startMs = performance.now();
  await runAll();
  console.log(COUNT / ((performance.now() - startMs) / 1000));
  await pool.shutdown();
}

const model = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
const base = ['--no-warnings', model, '--allow-fs-read=*', '--allow-child-process'];
const VARIANTS = {
  'without --permission': [],
  'with the right to write /dev/shm': [...base, '--allow-fs-write=/dev/shm/*'],
  'without the right to write': base,
};

function compare() {
  const figures = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, flags] of Object.entries(VARIANTS)) {
      const { stdout } = spawnSync(process.execPath, [...flags, self, 'measure'], { encoding: 'utf8' });
      figures[name].push(Number(stdout));
    }
  }
  for (const [name, rates] of Object.entries(figures)) {
    const median = rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
    console.log(`${Math.round(median).toLocaleString('en')} tasks/s ${name}`);
  }
}

if (process.argv[2] === 'measure') await measure();
else compare();

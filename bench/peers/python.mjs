// CPython's own pool, loky and joblib, where a python3 has them. Each round is a program of its own that measures itself,
// without its start, and prints one number; so a question asks it with `figure(question, count)`.

import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./python.py', import.meta.url));
const LIBRARIES = { cpython: 'CPython, processes', loky: 'loky, processes', joblib: 'joblib, processes' };

const has = (python, library) => spawnSync(python, [SCRIPT, library, 'found'], { encoding: 'utf8' }).stdout === 'yes\n';

function findPython(library) {
  return ['python3', '/usr/bin/python3'].find((python) => has(python, library));
}

function figureOf(python, library, workers) {
  return async (question, count) => {
    const child = spawn(python, [SCRIPT, library, question, String(workers), String(count)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    if (code !== 0) throw new Error(err.trim().split('\n').at(-1) || `python ended with ${code}`);
    return Number(out);
  };
}

/** The pools of Python that are here; says which are not. */
export function findPythonPools(libraries = Object.keys(LIBRARIES)) {
  return libraries.flatMap((library) => {
    const python = findPython(library);
    if (python === undefined) {
      console.log(`No python3 here has ${library}: it is left out.`);
      return [];
    }
    const open = async ({ workers }) => ({ figure: figureOf(python, library, workers), close() {} });
    return [{ name: LIBRARIES[library], kind: 'python', open }];
  });
}

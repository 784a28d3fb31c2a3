// CPU profiles, and their samples sorted into the steps of a task's way. Also loaded in workers.

import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/');
const ROOT = `${REPOSITORY}build/src/`;
const INTERVAL_US = 200;

const post = (session, method, params) =>
  new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error === null ? resolve(result) : reject(error)));
  });

export async function startProfile(session) {
  await post(session, 'Profiler.enable');
  await post(session, 'Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await post(session, 'Profiler.start');
}

export async function stopProfile(session) {
  const { profile } = await post(session, 'Profiler.stop');
  return profile;
}

let here;

/** In a worker: begins a profile of it. */
export async function startHere() {
  here = new Session();
  here.connect();
  await startProfile(here);
}

/** In a worker: ends it. */
export async function stopHere() {
  const profile = await stopProfile(here);
  here.disconnect();
  return profile;
}

/** The first that fits: what a sample's file, or the name of what has no file, belongs to. */
const WAKE_UP = ['wake-up: writing', /^(write(v|Buffer|\w*String)?|postMessage)$/];
const CLAIMS = ['claims: memory that both share', /^(transport\/(claims|shared-claims)|memory\/)/];
const STEPS = {
  host: [
    WAKE_UP,
    ['submit: options, pool, call', /^(executors\/(?!function-units)|supervision|base|index)/],
    [
      'packing: the call as bytes',
      /^(executors\/function-units|serialization\/(writer|byte-writer|codec|shapes|identities|function|kinds|message|intrinsics))/,
    ],
    ['scheduling: queue, seats, driver', /^core\//],
    CLAIMS,
    ['frame: messages and their bytes', /^transport\//],
    ['reading the answer', /^serialization\//],
    ['settling: the future and its promise', /^futures\//],
  ],
  worker: [
    WAKE_UP,
    CLAIMS,
    ['reading the call', /^serialization\/(reader|byte-reader|read-|message|shapes|function)/],
    ['answer: the result as bytes', /^(serialization\/|worker\/answer)/],
    ['frame: messages and their bytes', /^(transport\/|worker\/(frame-link|pacing|.*link))/],
    ['running: loop, context, the function', /^(worker\/|base\/|.*bench\/)/],
  ],
};
/** The order in which they are told: a task's way. */
const WAY = [
  'submit',
  'packing',
  'scheduling',
  'frame',
  'wake-up',
  'claims',
  'reading',
  'running',
  'answer',
  'settling',
];
const ELSEWHERE = 'Node: event loop, promises, streams';
const GC = 'garbage collection';
/** Waiting, and what the profiler itself does. */
const IGNORED = new Set(['(idle)', 'dispatch']);

function nameOf({ functionName, url }) {
  const file = url.startsWith('file:') ? fileURLToPath(url).replaceAll('\\', '/') : url;
  const root = [ROOT, REPOSITORY].find((folder) => file.startsWith(folder)) ?? '';
  const place = file.slice(root.length);
  return { place, functionName: functionName || 'anonymous' };
}

/** A frame without a file belongs to what called it, unless it has a step of its own. */
function stepOf(node, parents, side) {
  for (let at = node; at !== undefined; at = parents.get(at.id)) {
    const { place, functionName } = nameOf(at.callFrame);
    if (functionName === '(garbage collector)') return GC;
    const found = STEPS[side].find(([, pattern]) => pattern.test(place === '' ? functionName : place));
    if (found !== undefined) return found[0];
    if (place !== '' && !place.startsWith('node:')) return ELSEWHERE;
  }
  return ELSEWHERE;
}

/**
 * Microseconds a task for each step, and for the functions that take most. Samples tell shares only, since they also see
 * the time in which another program had the CPU: `scale` makes microseconds of CPU of them.
 */
export function attribute({ nodes, samples, timeDeltas }, side) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])));
  const steps = new Map();
  const functions = new Map();
  const add = (map, key, us) => map.set(key, (map.get(key) ?? 0) + us);
  samples.forEach((id, index) => {
    const node = byId.get(id);
    const { place, functionName } = nameOf(node.callFrame);
    if (IGNORED.has(functionName) && place === '') return;
    const us = timeDeltas[index];
    add(steps, stepOf(node, parents, side), us);
    add(functions, `${functionName} ${place}`.trim(), us);
  });
  const sorted = (map) => [...map].map(([name, us]) => ({ name, us })).sort((a, b) => b.us - a.us);
  const known = STEPS[side].map(([name]) => name);
  const order = [...WAY.flatMap((step) => known.filter((name) => name.startsWith(step))), ELSEWHERE, GC];
  return {
    steps: order.map((name) => ({ name, us: steps.get(name) ?? 0 })),
    functions: sorted(functions).slice(0, 15),
  };
}

const sumOf = (profiles) => profiles.flatMap(({ steps }) => steps).reduce((sum, { us }) => sum + us, 0);

/** The same shares, of so many microseconds of CPU that all of the profiles took together. */
export function scale(profiles, cpuUs) {
  const factor = cpuUs / sumOf(profiles);
  const scaled = (entries) => entries.map(({ name, us }) => ({ name, us: us * factor }));
  return profiles.map(({ steps, functions }) => ({ steps: scaled(steps), functions: scaled(functions) }));
}

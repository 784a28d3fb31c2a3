/**
 * How many CPUs this program may use.
 *
 * Rules: only reads, through a `CpuSystem`, so that tests bring their own files. What cannot be read or understood is no limit.
 * Guarantees: an integer of at least 1. The least of the CPUs that the program is bound to, the quota of its control group and
 * of every group above (rounded up, because half a CPU still needs one worker), and `TARDIGRADE_MAX_CPUS`.
 */

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { boolean, checkOptions } from './validate.js';
import { warn } from './warning.js';
import { show } from './wording.js';

/** Options of `availableCpus`. */
export interface AvailableCpusOptions {
  /**
   * Count physical cores, not the threads of a core. Any limit (binding, quota, `TARDIGRADE_MAX_CPUS`) wins over this: whoever
   * set one has said how many. Default: false.
   */
  readonly physical?: boolean | undefined;
}

/** What is asked of the machine. */
export interface CpuSystem {
  /** The CPUs that are online, bound to or not. */
  readonly logicalCpus: number;
  /** The CPUs that this program is bound to. */
  readonly boundCpus: number;
  /** The value of `TARDIGRADE_MAX_CPUS`. */
  readonly maxCpus: string | undefined;
  /** The text of a file; `undefined` if it cannot be read. */
  readText(path: string): string | undefined;
}

/** How many CPUs this program may use: binding, control groups and `TARDIGRADE_MAX_CPUS` looked at, at least 1. */
export function availableCpus(options?: AvailableCpusOptions): number {
  return countCpus(options);
}

const countCpus = createCpuCounter(readSystem);

/** Makes `availableCpus` for a machine. Limits are read at each call, the machine's cores at the first that asks. */
export function createCpuCounter(readSystem: () => CpuSystem): typeof availableCpus {
  let knownCores: number | undefined;
  return (options) => {
    const { physical = false } = checkOptions('AvailableCpusOptions', options, { physical: boolean() });
    const system = readSystem();
    const limited = countLimitedCpus(system);
    if (!physical || limited < system.logicalCpus) return limited;
    knownCores ??= countPhysicalCores(system) ?? warnOfUnknownCores(system);
    return Math.min(limited, knownCores);
  };
}

function warnOfUnknownCores({ logicalCpus }: CpuSystem): number {
  const message = 'the physical cores of this machine cannot be counted; its logical CPUs are taken for them';
  warn({ code: 'TARDIGRADE_CPU_COUNT', message });
  return logicalCpus;
}

function readSystem(): CpuSystem {
  const boundCpus = os.availableParallelism();
  return {
    logicalCpus: Math.max(os.cpus().length, boundCpus),
    boundCpus,
    maxCpus: process.env.TARDIGRADE_MAX_CPUS,
    readText,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The least of all limits. Throws a `RangeError` when `TARDIGRADE_MAX_CPUS` is no integer of at least 1. */
function countLimitedCpus(system: CpuSystem): number {
  const limits = [system.boundCpus, readMaxCpus(system.maxCpus), Math.ceil(readQuota(system))];
  return Math.max(1, Math.min(...limits));
}

function readMaxCpus(text: string | undefined): number {
  if (text === undefined || text.trim() === '') return Infinity;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw Object.assign(new RangeError(`TARDIGRADE_MAX_CPUS must be an integer of at least 1, got ${show(text)}`), {
    code: 'ERR_TARDIGRADE_INVALID_OPTION',
  });
}

/** The least quota, in CPUs, of the own control group and those above it. See https://docs.kernel.org/admin-guide/cgroup-v2.html */
function readQuota(system: CpuSystem): number {
  let least = Infinity;
  const groups = parseGroups(system.readText('/proc/self/cgroup') ?? '');
  for (const path of withAncestors(groups.unified)) {
    const [quota, period = '100000'] = readWords(system, `/sys/fs/cgroup${path}/cpu.max`);
    least = Math.min(least, divide(quota, period));
  }
  for (const mount of new Set(['cpu', groups.cpuControllers])) {
    for (const path of withAncestors(groups.cpu)) {
      const folder = `/sys/fs/cgroup/${mount}${path}`;
      const [quota] = readWords(system, `${folder}/cpu.cfs_quota_us`);
      const [period] = readWords(system, `${folder}/cpu.cfs_period_us`);
      least = Math.min(least, divide(quota, period));
    }
  }
  return least;
}

function readWords(system: CpuSystem, path: string): string[] {
  return (system.readText(path) ?? '').trim().split(/\s+/);
}

/** Quota over period; no limit when one of them is no positive number (`max`, `-1`, empty, torn). */
function divide(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota) / Number(period);
  return Number(quota) > 0 && Number(period) > 0 ? cpus : Infinity;
}

interface Groups {
  /** The path in version 2 of control groups. */
  readonly unified: string;
  /** The path in version 1, of the hierarchy that has the `cpu` controller, and how that hierarchy is called. */
  readonly cpu: string;
  readonly cpuControllers: string;
}

/** Reads lines such as `0::/user.slice` and `4:cpu,cpuacct:/docker/5a1f`. */
function parseGroups(text: string): Groups {
  let groups: Groups = { unified: '/', cpu: '/', cpuControllers: 'cpu' };
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === '') groups = { ...groups, unified: path };
    else if (controllers.split(',').includes('cpu')) groups = { ...groups, cpu: path, cpuControllers: controllers };
  }
  return groups;
}

/** `/a/b` gives the root (which is empty), `/a` and `/a/b`. Of a path out of the visible tree (`/../b`) only the root is left. */
function withAncestors(path: string): string[] {
  if (path.startsWith('/..')) return [''];
  const steps = path.split('/').filter((step) => step !== '');
  return Array.from({ length: steps.length + 1 }, (_, count) => ['', ...steps.slice(0, count)].join('/'));
}

/** The physical cores that are online; `undefined` if the machine does not say (anything but Linux, today). */
function countPhysicalCores(system: CpuSystem): number | undefined {
  return countCoresByTopology(system) ?? countCoresByCpuinfo(system);
}

/** CPUs that are threads of one core name the same siblings. */
function countCoresByTopology(system: CpuSystem): number | undefined {
  const cores = new Set<string>();
  for (const cpu of parseCpuList(system.readText('/sys/devices/system/cpu/online') ?? '')) {
    const siblings = system.readText(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`)?.trim();
    if (siblings === undefined || siblings === '') return undefined;
    cores.add(siblings);
  }
  return cores.size === 0 ? undefined : cores.size;
}

/** Reads `0-3,8`. Nothing, if it is anything else. */
function parseCpuList(text: string): number[] {
  const cpus: number[] = [];
  for (const range of text.trim().split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return [];
    for (let cpu = Number(first); cpu <= Number(last); cpu += 1) cpus.push(cpu);
  }
  return cpus;
}

/** A core is the pair of its package and its number in there. */
function countCoresByCpuinfo(system: CpuSystem): number | undefined {
  const cores = new Set<string>();
  for (const block of (system.readText('/proc/cpuinfo') ?? '').split(/\n\s*\n/)) {
    const [, packageId] = /^physical id\s*:\s*(\d+)/m.exec(block) ?? [];
    const [, coreId] = /^core id\s*:\s*(\d+)/m.exec(block) ?? [];
    if (packageId !== undefined && coreId !== undefined) cores.add(`${packageId}:${coreId}`);
  }
  return cores.size === 0 ? undefined : cores.size;
}

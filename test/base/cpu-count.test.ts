import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { availableCpus, type CpuSystem, createCpuCounter } from '#src/base/cpu-count.js';

type Files = Readonly<Record<string, string>>;

interface Machine {
  readonly logicalCpus?: number;
  readonly boundCpus?: number;
  readonly maxCpus?: string;
  readonly files?: Files;
}

/** A machine with 8 CPUs and no limits, unless it is told otherwise. */
function makeCounter({ logicalCpus = 8, boundCpus = logicalCpus, maxCpus, files = {} }: Machine): typeof availableCpus {
  const system: CpuSystem = { logicalCpus, boundCpus, maxCpus, readText: (path) => files[path] };
  return createCpuCounter(() => system);
}

/** Two packages, each of two cores, each of two threads: 8 logical CPUs, 4 cores. */
const TOPOLOGY: Files = {
  '/sys/devices/system/cpu/online': '0-6,7\n',
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, cpu) => [
      `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`,
      `${cpu % 4},${(cpu % 4) + 4}\n`,
    ]),
  ),
};

const CPUINFO: Files = {
  '/proc/cpuinfo': [0, 0, 1, 1, 0, 0, 1, 1]
    .map((core, cpu) => `processor\t: ${cpu}\nphysical id\t: ${cpu < 4 ? 0 : 1}\ncore id\t\t: ${core}\n`)
    .join('\n'),
};

describe('availableCpus', () => {
  it('is an integer of at least 1 on this machine, and no more when cores are counted (faults 213)', () => {
    const logical = availableCpus();
    const physical = availableCpus({ physical: true });
    assert.ok(Number.isInteger(logical) && logical >= 1 && logical <= os.cpus().length);
    assert.ok(Number.isInteger(physical) && physical >= 1 && physical <= logical);
  });

  it('is no more than the CPUs that the program is bound to (faults 213)', () => {
    assert.equal(makeCounter({})(), 8);
    assert.equal(makeCounter({ boundCpus: 1 })(), 1);
    assert.equal(makeCounter({ boundCpus: 0 })(), 1);
  });

  const quotas: [quota: string, cpus: number][] = [
    ['50000 100000\n', 1],
    ['150000 100000\n', 2],
    ['200000 100000\n', 2],
    ['1000 100000\n', 1],
    ['200000\n', 2],
    ['1600000 100000\n', 8],
    ['max 100000\n', 8],
    ['max', 8],
    ['', 8],
    ['\n', 8],
    ['0 100000', 8],
    ['-1 100000', 8],
    ['200000 0', 8],
    ['garbage 100000', 8],
    ['200000 garbage', 8],
  ];
  for (const [quota, cpus] of quotas) {
    it(`is ${cpus} of 8 when cpu.max says ${JSON.stringify(quota)} (faults 213)`, () => {
      assert.equal(makeCounter({ files: { '/sys/fs/cgroup/cpu.max': quota } })(), cpus);
    });
  }

  it('looks at the own control group and at every one above it', () => {
    const own = { '/proc/self/cgroup': '0::/a.slice/b.scope\n' };
    const at = (path: string): number =>
      makeCounter({ files: { ...own, [`/sys/fs/cgroup${path}/cpu.max`]: '300000 100000' } })();
    assert.deepEqual(['', '/a.slice', '/a.slice/b.scope', '/b.scope'].map(at), [3, 3, 3, 8]);
    const both = {
      ...own,
      '/sys/fs/cgroup/a.slice/cpu.max': '200000 100000',
      '/sys/fs/cgroup/a.slice/b.scope/cpu.max': '400000 100000',
    };
    assert.equal(makeCounter({ files: both })(), 2);
  });

  it('takes a control group outside of the visible tree for its root', () => {
    const files = {
      '/proc/self/cgroup': '0::/../b\n',
      '/sys/fs/cgroup/b/cpu.max': '100000 100000',
      '/sys/fs/cgroup/../b/cpu.max': '100000 100000',
    };
    assert.equal(makeCounter({ files })(), 8);
    assert.equal(makeCounter({ files: { ...files, '/sys/fs/cgroup/cpu.max': '500000 100000' } })(), 5);
  });

  it('looks at control groups of version 1, wherever the cpu controller is', () => {
    const quota = (folder: string, us: string): Files => ({
      [`/sys/fs/cgroup/${folder}/cpu.cfs_quota_us`]: `${us}\n`,
      [`/sys/fs/cgroup/${folder}/cpu.cfs_period_us`]: '100000\n',
    });
    assert.equal(makeCounter({ files: quota('cpu', '150000') })(), 2);
    assert.equal(makeCounter({ files: quota('cpu', '-1') })(), 8);
    assert.equal(makeCounter({ files: { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000' } })(), 8);
    const own = { '/proc/self/cgroup': '5:cpuset:/x\n4:cpu,cpuacct:/docker/5a1f\nnonsense\n0::/\n' };
    assert.equal(makeCounter({ files: { ...own, ...quota('cpu,cpuacct/docker/5a1f', '250000') } })(), 3);
    assert.equal(makeCounter({ files: { ...own, ...quota('cpu/docker', '50000') } })(), 1);
  });

  it('keeps to TARDIGRADE_MAX_CPUS', () => {
    assert.equal(makeCounter({ maxCpus: '3' })(), 3);
    assert.equal(makeCounter({ maxCpus: ' 3 ' })(), 3);
    assert.equal(makeCounter({ maxCpus: '100' })(), 8);
    assert.equal(makeCounter({ maxCpus: '' })(), 8);
    assert.equal(makeCounter({ maxCpus: '5', files: { '/sys/fs/cgroup/cpu.max': '200000 100000' } })(), 2);
  });

  it('refuses a TARDIGRADE_MAX_CPUS that is no number of CPUs', () => {
    for (const maxCpus of ['0', '-1', '1.5', 'two', '1e400', 'NaN']) {
      assert.throws(makeCounter({ maxCpus }), {
        name: 'RangeError',
        code: 'ERR_TARDIGRADE_INVALID_OPTION',
        message: `TARDIGRADE_MAX_CPUS must be an integer of at least 1, got '${maxCpus}'`,
      });
    }
  });

  it('counts physical cores by the topology, or by /proc/cpuinfo', () => {
    assert.equal(makeCounter({ files: TOPOLOGY })({ physical: true }), 4);
    assert.equal(makeCounter({ files: CPUINFO })({ physical: true }), 4);
    const torn = { ...TOPOLOGY, '/sys/devices/system/cpu/online': 'garbage' };
    assert.equal(makeCounter({ files: { ...torn, ...CPUINFO } })({ physical: true }), 4);
    const { '/sys/devices/system/cpu/cpu5/topology/thread_siblings_list': _, ...partial } = TOPOLOGY;
    assert.equal(makeCounter({ files: { ...partial, ...CPUINFO } })({ physical: true }), 4);
  });

  it('lets any limit win over physical (faults 213)', () => {
    const counted = { physical: true };
    assert.equal(makeCounter({ files: TOPOLOGY, boundCpus: 6 })(counted), 6);
    assert.equal(makeCounter({ files: TOPOLOGY, maxCpus: '6' })(counted), 6);
    assert.equal(makeCounter({ files: TOPOLOGY, maxCpus: '1' })(counted), 1);
    assert.equal(makeCounter({ files: { ...TOPOLOGY, '/sys/fs/cgroup/cpu.max': '500000 100000' } })(counted), 5);
    assert.equal(makeCounter({ files: TOPOLOGY, maxCpus: '8' })(counted), 4);
  });

  it('reads the cores of the machine once, the limits each time', () => {
    const reads: string[] = [];
    let boundCpus = 8;
    const count = createCpuCounter(() => ({
      logicalCpus: 8,
      boundCpus,
      maxCpus: undefined,
      readText(path) {
        reads.push(path);
        return TOPOLOGY[path];
      },
    }));
    assert.deepEqual([count({ physical: true }), count({ physical: true })], [4, 4]);
    assert.equal(reads.filter((path) => path.endsWith('/online')).length, 1);
    boundCpus = 2;
    assert.equal(count(), 2);
  });

  it('warns once when cores cannot be counted, and takes the logical CPUs (faults 213)', async () => {
    const warnings: unknown[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const count = makeCounter({});
    assert.deepEqual([count({ physical: true }), count({ physical: true })], [8, 8]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    assert.equal(warnings.length, 1);
    assert.match(String(warnings[0]), /^TardigradeWarning: the physical cores .* cannot be counted/);
  });

  it('refuses other options', () => {
    assert.throws(() => availableCpus({ physical: 1 } as never), { name: 'TypeError', message: /options\.physical/ });
    assert.throws(() => availableCpus({ fysical: true } as never), /did you mean 'physical'/);
  });

  it('is 1 in a program that is bound to one CPU (faults 213)', (context) => {
    if (spawnSync('taskset', ['--version']).error !== undefined) return context.skip('taskset is not installed here');
    const program = `import { availableCpus } from '#src/base/cpu-count.js'; console.log(availableCpus());`;
    const cwd = fileURLToPath(new URL('../../../', import.meta.url));
    const args = ['-c', '0', process.execPath, '--input-type=module', '--eval', program];
    const { stdout } = spawnSync('taskset', args, { cwd, encoding: 'utf8', timeout: 300_000 });
    assert.equal(stdout, '1\n');
  });
});

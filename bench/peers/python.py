"""One question to a pool of Python: `python.py LIBRARY QUESTION WORKERS COUNT` prints one number.

LIBRARY is cpython, loky or joblib; `python.py LIBRARY found` says whether it is here. QUESTION may carry a size of its own,
as in `python.py loky new-pool:20 2 3`: 3 jobs of 20 tasks, each on a new pool of 2.
"""

import sys
import time
from array import array


def identity(value):
    return value


def double(n):
    return 2 * n


def block(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def length_of(values):
    return len(values)


def find_loky():
    try:
        import loky
    except ImportError:
        from joblib.externals import loky
    return loky


def open_pool(library, workers):
    if library == "cpython":
        from concurrent.futures import ProcessPoolExecutor

        return ProcessPoolExecutor(workers)
    return find_loky().ProcessPoolExecutor(workers)


def timed(act):
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def ask_pool(library, question, workers, count):
    """Submits one by one, as a pool's users do."""
    value = {"a": 1, "b": "hello"}
    with open_pool(library, workers) as pool:
        for _ in pool.map(double, range(1000), chunksize=64):
            pass
        if question == "tiny":
            def all_at_once():
                futures = [pool.submit(identity, value) for _ in range(count)]
                assert all(future.result() == value for future in futures)
            return count / timed(all_at_once)
        if question == "latency":
            times = sorted(timed(lambda: pool.submit(identity, value).result()) for _ in range(count))
            return times[count // 2] * 1e6
        if question == "map":
            def mapped():
                results = list(pool.map(double, range(count), chunksize=64))
                assert results[-1] == 2 * (count - 1)
            return count / timed(mapped)
        if question == "payload":
            values = array("d", [1.5]) * (64 * 1024 * 1024 // 8)
            def sent():
                futures = [pool.submit(length_of, values) for _ in range(count)]
                assert all(future.result() == len(values) for future in futures)
            return timed(sent) * 1000 / count
    raise ValueError(question)


def ask_reuse(library, question, workers, count):
    """What it takes to get the pool, and small jobs on a new pool each time or on the reusable one. The first job is not counted."""
    question, _, tasks = question.partition(":")
    if question == "get-reusable":
        get = find_loky().get_reusable_executor
        get(max_workers=workers).submit(block, 0).result()
        start = time.process_time()
        for _ in range(count):
            get(max_workers=workers)
        return (time.process_time() - start) * 1e6 / count

    def run_job(pool):
        assert len(list(pool.map(block, [0.001] * int(tasks)))) == int(tasks)

    def on_new_pool():
        with open_pool(library, workers) as pool:
            run_job(pool)

    def on_reusable_pool():
        run_job(find_loky().get_reusable_executor(max_workers=workers))

    job = {"new-pool": on_new_pool, "reusable-pool": on_reusable_pool}[question]
    job()
    return sum(timed(job) for _ in range(count)) * 1000 / count


def ask_joblib(question, workers, count):
    """joblib has no submit: a call to Parallel is the unit, and it batches by itself."""
    from joblib import Parallel, delayed

    value = {"a": 1, "b": "hello"}
    with Parallel(n_jobs=workers) as parallel:
        parallel(delayed(double)(n) for n in range(1000))
        if question == "tiny":
            return count / timed(lambda: parallel(delayed(identity)(value) for _ in range(count)))
        if question == "map":
            return count / timed(lambda: parallel(delayed(double)(n) for n in range(count)))
    raise ValueError(question)


def is_found(library):
    try:
        if library == "joblib":
            import joblib  # noqa: F401
        else:
            open_pool(library, 1).shutdown()
    except ImportError:
        return "no"
    return "yes"


if __name__ == "__main__":
    if sys.argv[2] == "found":
        print(is_found(sys.argv[1]))
    else:
        library, question = sys.argv[1], sys.argv[2]
        workers, count = int(sys.argv[3]), int(sys.argv[4])
        if question.partition(":")[0] in ("get-reusable", "new-pool", "reusable-pool"):
            print(ask_reuse(library, question, workers, count))
        elif library == "joblib":
            print(ask_joblib(question, workers, count))
        else:
            print(ask_pool(library, question, workers, count))

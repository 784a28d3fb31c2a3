"""How many numbers a second CPython's process pool maps: `map.py WORKERS COUNT` prints it."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor


def double(n):
    return 2 * n


if __name__ == "__main__":
    workers, count = int(sys.argv[1]), int(sys.argv[2])
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(double, range(1000), chunksize=64))
        start = time.perf_counter()
        results = list(pool.map(double, range(count), chunksize=64))
        seconds = time.perf_counter() - start
        assert results[-1] == 2 * (count - 1)
        print(count / seconds)

"""python-diskcache with its default settings: SQLite in WAL mode, synchronous=NORMAL."""

import diskcache

from serve import expect_runs, model, serve, timed

cache = None
cached = None


def open_cache(folder):
    global cache, cached
    cache = diskcache.Cache(folder)
    cached = cache.memoize()(model)


def hit(n, distinct):
    for i in range(distinct):
        cached(i)

    def work():
        for i in range(n):
            cached(i % distinct)

    return {"seconds": expect_runs(0, work) / n}


def miss(first, n):
    def work():
        for i in range(first, first + n):
            cached(i)

    return {"seconds": expect_runs(n, work) / n}


def survivors(first, n):
    keys = (cached.__cache_key__(i) for i in range(first, first + n))
    return {"found": sum(1 for key in keys if key in cache)}


def fill(n):
    for i in range(n):
        cache.set(f"shared/{i}", model(i))


def mixed(worker, round, n, shared):
    """Reads and writes in turn. Every read is checked here, every write by `verify`."""
    wrong = 0

    def work():
        nonlocal wrong
        for i in range(n):
            if i % 2 == 0:
                j = (i * 7919 + worker) % shared
                wrong += cache.get(f"shared/{j}", retry=True) != model(j)
            else:
                cache.set(f"{round}/{worker}/{i}", model(i), retry=True)

    return {"seconds": timed(work), "wrong": wrong}


def verify(workers, round, n):
    lost = sum(
        cache.get(f"{round}/{worker}/{i}") != model(i) for worker in range(workers) for i in range(1, n, 2)
    )
    return {"lost": lost}


serve(
    {
        "open": open_cache,
        "hit": hit,
        "miss": miss,
        "survivors": survivors,
        "fill": fill,
        "mixed": mixed,
        "verify": verify,
    }
)

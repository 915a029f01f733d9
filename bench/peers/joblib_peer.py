"""joblib.Memory with its default settings, holding one numpy array per entry."""

import time

import joblib
import numpy

from serve import serve, timed

cached = None
body_seconds = None


def series(seed):
    """10,000,000 doubles for a seed."""
    global body_seconds
    start = time.perf_counter()
    array = numpy.arange(10_000_000, dtype=numpy.float64)
    array *= 1.0 + seed
    body_seconds = time.perf_counter() - start
    return array


def open_cache(folder):
    global cached
    cached = joblib.Memory(folder, verbose=0).cache(series)


def call(seed):
    """Seconds of the whole call, and of the body where it ran."""
    global body_seconds
    body_seconds = None
    result = None

    def work():
        nonlocal result
        result = cached(seed)

    seconds = timed(work)
    return {"seconds": seconds, "body": body_seconds, "length": len(result), "last": float(result[-1])}


serve({"open": open_cache, "call": call})

"""joblib.Memory with its default settings, holding one numpy array per entry."""

import joblib
import numpy

from serve import serve, timed

cached = None


def series(seed):
    """10,000,000 doubles for a seed."""
    array = numpy.arange(10_000_000, dtype=numpy.float64)
    array *= 1.0 + seed
    return array


def open_cache(folder):
    global cached
    cached = joblib.Memory(folder, verbose=0).cache(series)
    return {}


def compute(seed):
    return {"seconds": timed(lambda: series(seed))}


def call(seed):
    result = None

    def work():
        nonlocal result
        result = cached(seed)

    seconds = timed(work)
    return {"seconds": seconds, "length": len(result), "last": float(result[-1])}


serve({"open": open_cache, "compute": compute, "call": call})

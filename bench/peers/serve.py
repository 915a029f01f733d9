"""The line protocol of the benchmark's child processes, Python side. Its twin is serve.ts.

A request is one line with a JSON array: the operation's name, then its arguments. The answer is one line with a
JSON object. Operations time themselves, so that the pipe is in no measurement.
"""

import json
import sys
import time


def serve(operations):
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = operations[name](*arguments) or {}
        except Exception as error:  # the parent turns it into a failed row
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


runs = 0


def model(x):
    """The function that every side caches."""
    global runs
    runs += 1
    return {"scenario": x, "demandMw": x * 1.5}


def expect_runs(expected, work):
    """Fails where `work` did not run the body of `model` this often: a hit that computes, or a miss that does not."""
    before = runs
    seconds = timed(work)
    if runs - before != expected:
        raise RuntimeError(f"the body ran {runs - before} times, not {expected}")
    return seconds

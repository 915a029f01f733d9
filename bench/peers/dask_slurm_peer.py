"""Dask with its workers in jobs of a Slurm array, one thread each, as dask-jobqueue starts them."""

import os
import subprocess
import sys
import time

from distributed import Client, Scheduler

from serve import serve, timed

import asyncio
import threading

scheduler = None
loop = asyncio.new_event_loop()


def brief(round_, i):
    time.sleep(0.05)
    return i


def open_scheduler(env):
    global scheduler
    os.environ.update(env)

    async def start():
        return await Scheduler(host="127.0.0.1", port=0, dashboard=False)

    threading.Thread(target=loop.run_forever, daemon=True).start()
    scheduler = asyncio.run_coroutine_threadsafe(start(), loop).result()


def calls(round_, n, workers):
    def work():
        command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler.address]
        command += ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", "/tmp"]
        line = " ".join(command)
        submitted = subprocess.run(
            ["sbatch", "--parsable", f"--array=0-{workers - 1}", "--output=/dev/null", "--mem=400M", f"--wrap={line}"],
            check=True,
            capture_output=True,
            text=True,
        )
        with Client(scheduler.address) as client:
            results = client.gather([client.submit(brief, round_, i, pure=False) for i in range(n)])
        if results != list(range(n)):
            raise RuntimeError("a wrong result")
        return submitted.stdout.strip()

    job = None

    def once():
        nonlocal job
        job = work()

    seconds = timed(once)
    subprocess.run(["scancel", job], check=True)
    return {"seconds": seconds}


if __name__ == "__main__":
    serve({"open": open_scheduler, "calls": calls})

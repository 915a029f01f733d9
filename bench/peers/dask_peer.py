"""Dask's LocalCluster: two workers of one thread each, in threads of this process or in processes, without its dashboard."""

from distributed import Client, LocalCluster

from serve import serve, timed

client = None


def noop(i):
    return i


def open_cluster(processes):
    global client
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=None)
    client = Client(cluster)
    client.gather(client.map(noop, range(-100, 0), pure=False))


def call(n):
    def work():
        futures = [client.submit(noop, i, pure=False) for i in range(n)]
        results = client.gather(futures)
        if results != list(range(n)):
            raise RuntimeError("a wrong result")

    return {"seconds": timed(work) / n}


if __name__ == "__main__":
    serve({"open": open_cluster, "noop": call})

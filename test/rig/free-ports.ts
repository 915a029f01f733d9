import net from "node:net";

/**
 * Below where systems take the ports of outgoing connections from: a server that is stopped for a while finds its port
 * still free.
 */
const FIRST = 10_000;
const LAST = 32_000;

/** Ports of the loopback address that nobody listens at. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const free = new Set<number>();
  while (free.size < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) free.add(port);
  }
  return [...free];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

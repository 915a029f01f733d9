const REQUEST = /^([A-Z]{3,7}) \S+ HTTP\/1\.1\r\n/;

/** The method of the request that begins with these bytes; undefined where none does. */
export function requestIn(bytes: Buffer): string | undefined {
  // A request line can be long, and its end may be in another piece: the method and the target's beginning will do.
  const text = bytes.toString("latin1", 0, Math.min(bytes.length, 8_192));
  return REQUEST.exec(text)?.[1];
}

const BODY =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>' +
  "<RequestId>0000000000000000</RequestId></Error>";

/** What S3 answers when it is asked too much. The connection ends after it, since the request's body was not read. */
export function slowDown(method: string): string {
  const head = [
    "HTTP/1.1 503 Slow Down",
    "Content-Type: application/xml",
    `Content-Length: ${Buffer.byteLength(BODY)}`,
    "Connection: close",
  ].join("\r\n");
  return `${head}\r\n\r\n${method === "HEAD" ? "" : BODY}`;
}

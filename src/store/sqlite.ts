import type * as Sqlite from "node:sqlite";

/**
 * `node:sqlite`, without the notice that Node prints when it is loaded: the interface is the same on all supported
 * versions, and the notice would stand in the output of every program that uses this package.
 */
function load(): typeof Sqlite {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes("SQLite is an experimental feature")) emitWarning(warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

let loaded: typeof Sqlite | undefined;

export function sqlite(): typeof Sqlite {
  loaded ??= load();
  return loaded;
}

/** Primary result codes of SQLite, https://sqlite.org/rescode.html */
const RESULT = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

export type SqliteTrouble = keyof typeof RESULT;

const ANY_ERROR = 1;

/** What kind of trouble an error of SQLite stands for; undefined for other errors. */
export function sqliteTrouble(error: unknown): SqliteTrouble | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  const primary = Number(error.errcode) & 0xff;
  // Our tables are made in one step: one that lacks a name has been damaged.
  if (primary === ANY_ERROR && "message" in error && /^no such (table|column)/.test(String(error.message))) {
    return "corrupt";
  }
  for (const [name, code] of Object.entries(RESULT)) if (code === primary) return name as SqliteTrouble;
  return undefined;
}

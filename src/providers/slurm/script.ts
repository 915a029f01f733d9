export interface Script {
  /** Lines of the user's, before Node.js starts. */
  readonly setup: readonly string[];
  /** The working directory of the calls. */
  readonly workingDirectory: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/**
 * The script of a job. Its text is the user's setup and nothing else that a shell could take for anything but plain text.
 */
export function scriptText({ setup, workingDirectory, command }: Script): string {
  return [
    "#!/bin/bash",
    ...setup,
    // A backslash at the end of the line before joins this one, and no other.
    "",
    `cd -- ${quoted(workingDirectory)} || exit`,
    `exec -- ${command.map(quoted).join(" ")}`,
    "",
  ].join("\n");
}

/** See "Single Quotes" of the POSIX shell language: all but the quote itself stands for itself there. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

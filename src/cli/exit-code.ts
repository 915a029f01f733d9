/** What the process ends with. The help text lists these. */
export const ExitCode = {
  fine: 0,
  /** A problem was found, something was not found, or the command failed. */
  problem: 1,
  /** The command line, or an environment variable, is not valid. */
  usage: 2,
} as const;

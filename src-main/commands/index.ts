/** The command line: one file per verb, each parses, calls the contract, and prints. Owns the exit codes. */
export { runCommandLine } from './run-command-line.ts'

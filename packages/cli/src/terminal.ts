/** What a command is run with; in production, `process`. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** What was asked for, and nothing else: it may be read by a program. */
  readonly stdout: { write(text: string): unknown };
  /** What is said to a person. */
  readonly stderr: { write(text: string): unknown };
}

/** An error for the person at the terminal: one sentence, and what to do about it. Always ends with exit code 1. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly suggestions: readonly string[];
  /** Another login may be tried. */
  loginRefused = false;
  constructor(message: string, ...suggestions: string[]) {
    super(message);
    this.suggestions = suggestions;
  }
}

/** Something was answered that is neither success nor error, such as "not ready": exit code 1 without a message. */
export class QuietNo extends Error {
  override readonly name = 'QuietNo';
}

/** klink's own header: sentences for whoever made or changed a link, beside an answer that is published without a body. */
export const NOTES_HEADER = 'klink-notes';

/** A JSON array that any header takes. */
export function asciiJson(notes: readonly string[]): string {
  return JSON.stringify(notes).replace(/[^ -~]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Empty where there is no such header, or it is not ours. */
export function notesOf(header: string | null): readonly string[] {
  try {
    const notes: unknown = JSON.parse(header ?? '[]');
    return Array.isArray(notes) ? notes.filter((note) => typeof note === 'string') : [];
  } catch {
    return [];
  }
}

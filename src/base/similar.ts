/** What someone may have meant who wrote a word that is not known: the nearest of those that are. */

/** The nearest words, best first; none when all are too far away to be meant. */
export function similar(word: string, known: readonly string[]): string[] {
  const meant = word.toLowerCase();
  const near = known
    .map((each) => ({ each, distance: each.startsWith(meant) && meant !== '' ? 0 : edits(meant, each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(each.length * FAR)));
  const best = Math.min(...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === best).map(({ each }) => each);
}

/** Of every five letters two may be wrong. */
const FAR = 0.4;

/** Letters to put in, take out, change, or swap with their neighbour. */
function edits(from: string, to: string): number {
  const rows = Array.from({ length: from.length + 1 }, (_, row) => [row]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let column = 1; column <= to.length; column++) rows[0]?.push(column);
  for (let row = 1; row <= from.length; row++) {
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swap = row > 1 && column > 1 && swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      const least = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swap,
      );
      rows[row]?.push(least);
    }
  }
  return at(from.length, to.length);
}

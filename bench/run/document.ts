const open = (name: string): string => `<!-- bench:${name} -->`;
const close = (name: string): string => `<!-- /bench:${name} -->`;

/**
 * Put a text between the markers of a name, in place of what stood there.
 *
 * @returns the document; where it has no such markers, with the text and its markers at the end.
 */
export function placeBetweenMarkers(document: string, name: string, text: string): string {
  const block = `${open(name)}\n${text.trim()}\n${close(name)}`;
  const [start, end] = [document.indexOf(open(name)), document.indexOf(close(name))];
  if (start === -1 && end === -1) return `${document.trimEnd()}\n\n${block}\n`;
  if (start === -1 || end < start) throw new Error(`bench:${name}: expected ${open(name)} and then ${close(name)}`);
  return document.slice(0, start) + block + document.slice(end + close(name).length);
}

// The two fields by which older clients point at words: a CSS path and a range as npm rangy serialises it. We write
// them and never read them; the anchor is what counts.

const MAX_SELECTOR = 200;

/**
 * `range` is `path:offset,path:offset{checksum}`: each path gives the child indexes from the node up to the container,
 * the checksum is the CRC-32 of the container's text content. `selector` leads from the container to the innermost
 * element around the range. The range must lie inside the container, as TextModel.toRange makes it.
 */
export function describeRange(container: Element, range: Range): { selector: string; range: string } {
  const point = (node: Node, offset: number) => `${indexPath(container, node)}:${offset}`;
  const start = point(range.startContainer, range.startOffset);
  const end = point(range.endContainer, range.endOffset);
  return {
    selector: cssPath(container, range.commonAncestorContainer),
    range: `${start},${end}{${crc32(container.textContent)}}`,
  };
}

function indexPath(container: Node, node: Node): string {
  const indexes: number[] = [];
  for (let at: Node | null = node; at && at !== container; at = at.parentNode) {
    let index = 0;
    for (let before = at.previousSibling; before; before = before.previousSibling) index++;
    indexes.push(index);
  }
  return indexes.join("/");
}

function cssPath(container: Element, node: Node): string {
  let path = "";
  let element = node instanceof Element ? node : node.parentElement;
  while (element && element !== container) {
    const { localName, parentElement } = element;
    const twins = [...(parentElement?.children ?? [])].filter((sibling) => sibling.localName === localName);
    const step = twins.length > 1 ? `${localName}:nth-of-type(${twins.indexOf(element) + 1})` : localName;
    const longer = path ? `${step}>${path}` : step;
    if (longer.length > MAX_SELECTOR) break;
    path = longer;
    element = parentElement;
  }
  return path || container.localName;
}

/** CRC-32 (IEEE) of the text in UTF-8, in hexadecimal. */
function crc32(text: string): string {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16);
}

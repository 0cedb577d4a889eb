// The container's visible text, and the way from its offsets to the page's nodes and back. Specified, with the
// reasons, in protocol/text-model.md. Offsets are UTF-16 units.

export { describeRange } from "./pointer";

/** A snapshot: read it anew when the page has changed. Its ranges then still hug the nodes that are left. */
export interface TextModel {
  readonly text: string;
  /** The DOM range of text[start, end), hugging visible characters: never a separator at its ends. */
  toRange(start: number, end: number): Range;
  /**
   * Offsets of a DOM range clipped to the container, without white space at either end; undefined when it holds
   * no visible text, or the page has meanwhile replaced the nodes around it.
   */
  fromRange(range: Range): { start: number; end: number } | undefined;
}

/** Carried by our own elements in the page, and by whatever its author wants left out. */
export const IGNORE = "data-collabchat-ignore";

/** A piece of a text node that stands in the text unit for unit: node.data[from, to) is text[at, at + to - from). */
interface Chunk {
  readonly node: Text;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

// By name rather than by style, so that the text is the same before the style sheets have come, on a narrow screen,
// in print and on a server.
const BLOCK =
  /^(address|article|aside|blockquote|caption|center|d[dlt]|details|dialog|div|fieldset|figcaption|figure|footer|form|h[1-6r]|header|hgroup|legend|li|main|menu|nav|[ou]l|p|pre|search|section|summary|table|tbody|td|tfoot|th|thead|tr)$/;
const SILENT =
  /^(audio|canvas|datalist|iframe|input|noscript|object|script|select|style|template|textarea|title|video)$/;

// What parts two chunks: runs of white space, and single ones at the ends of a node. One inside stands for itself.
const GAP = /\s{2,}|^\s|\s$/g;

export function readText(container: Element): TextModel {
  const chunks: Chunk[] = [];
  let text = "";
  let separator: "" | " " | "\n" = "";

  function readPiece(node: Text, from: number, to: number): void {
    if (from === to) return;
    if (text) text += separator;
    separator = "";
    chunks.push({ node, from, to, at: text.length });
    text += node.data.slice(from, to).replace(/\s/g, " ");
  }

  function readNode(node: Text): void {
    let from = 0;
    for (const { 0: gap, index } of node.data.matchAll(GAP)) {
      readPiece(node, from, index);
      from = index + gap.length;
      separator ||= " ";
    }
    readPiece(node, from, node.length);
  }

  function readElement(element: Element): void {
    for (let child = element.firstChild; child; child = child.nextSibling) {
      if (child instanceof Text) readNode(child);
      else if (child instanceof Element && !isHidden(child)) {
        const isBlock = BLOCK.test(child.localName);
        if (isBlock || child.localName === "br") separator = "\n";
        readElement(child);
        if (isBlock) separator = "\n";
      }
    }
  }

  /** The first chunk of which `isPast` holds; it holds of all that follow. */
  function firstChunk(isPast: (chunk: Chunk) => boolean): number {
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isPast(chunks[middle] as Chunk)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  readElement(container);
  return {
    text,

    toRange(start, end) {
      const range = container.ownerDocument.createRange();
      const first = chunks[firstChunk((chunk) => chunk.at + chunk.to - chunk.from > start)];
      const last = chunks[firstChunk((chunk) => chunk.at >= end) - 1];
      if (!first || !last) throw new RangeError("No text there.");
      // A node that the page has shortened since is taken to its end.
      range.setStart(first.node, Math.min(first.from + Math.max(0, start - first.at), first.node.length));
      range.setEnd(last.node, Math.min(last.from + end - last.at, last.to, last.node.length));
      return range;
    },

    fromRange(range) {
      const { startContainer, startOffset, endContainer, endOffset } = range;
      let isStale = false;
      const compare = (node: Text) => {
        isStale ||= !node.isConnected;
        return isStale ? 1 : range.comparePoint(node, 0);
      };
      if (!range.intersectsNode(container)) return undefined;
      const first =
        chunks[firstChunk(({ node, to }) => (node === startContainer ? to > startOffset : compare(node) >= 0))];
      const last =
        chunks[firstChunk(({ node, from }) => (node === endContainer ? from >= endOffset : compare(node) > 0)) - 1];
      if (!first || !last || isStale) return undefined;
      const start = first.at + (first.node === startContainer ? Math.max(0, startOffset - first.from) : 0);
      const end = last.at + (last.node === endContainer ? Math.min(last.to, endOffset) : last.to) - last.from;
      const part = text.slice(start, end);
      const words = part.trim();
      const from = start + part.indexOf(words);
      return words ? { start: from, end: from + words.length } : undefined;
    },
  };
}

/** Folded parts (a closed details, hidden="until-found") are one press away from the reader and belong to the text. */
function isHidden(element: Element): boolean {
  return SILENT.test(element.localName) || element.hasAttribute(IGNORE) || getComputedStyle(element).display === "none";
}

// The two fields by which older clients point at words: a CSS selector and a range as npm rangy serialises it. We write
// them and never read them; the anchor is what counts.

/**
 * `range` is `path:offset,path:offset`: each path gives the child indexes from the node up to the container. `selector`
 * is the tag of the innermost element around the range. The range must lie inside the container, as TextModel.toRange makes it.
 */
export function describeRange(container: Element, range: Range): { selector: string; range: string } {
  const pathOf = (node: Node): string =>
    node === container ? "" : [indexOf(node), pathOf(node.parentNode ?? container)].filter(String).join("/");
  const inner = range.commonAncestorContainer;
  const element = inner instanceof Element ? inner : (inner.parentElement ?? container);
  return {
    selector: element.localName,
    range: `${pathOf(range.startContainer)}:${range.startOffset},${pathOf(range.endContainer)}:${range.endOffset}`,
  };
}

function indexOf(node: Node): number {
  return [...(node.parentNode?.childNodes ?? [])].indexOf(node as ChildNode);
}

// The boxes of a range's characters. Range.getClientRects alone also gives the whole box of every element that lies
// wholly inside, so that a selection over two paragraphs would have the blank beside and between them.

/** The line boxes of the range's text in reading order, in viewport px. */
export function textRects(range: Range): DOMRect[] {
  const { startContainer } = range;
  const walker = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  const part = document.createRange();
  const rects: DOMRect[] = [];
  // From the start of the range rather than from that of its ancestor, which may be the whole article.
  walker.currentNode = startContainer;
  let node = startContainer instanceof Text ? startContainer : walker.nextNode();
  for (; node && range.comparePoint(node, 0) <= 0; node = walker.nextNode()) {
    part.selectNodeContents(node);
    if (node === startContainer) part.setStart(node, range.startOffset);
    if (node === range.endContainer) part.setEnd(node, range.endOffset);
    for (const rect of part.getClientRects()) if (rect.width > 0) rects.push(rect);
  }
  return rects;
}

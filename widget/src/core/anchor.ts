// Anchors: describing a stretch of the text model, and finding it again. Pure; specified in protocol/text-model.md.
//
// All offsets and lengths are UTF-16 units of the text that page/text-model.ts reads.
import type { Anchor } from "./model";

const CONTEXT = 64;
/** A long quote says enough by itself: it gets less context, so that a frame stays under 1,000 bytes. */
const CONTEXT_OF_LONG_QUOTE = 32;
const LONG_QUOTE = 100;
/** A quote over MAX_QUOTE is kept as its first and last QUOTE_PART and its length. */
const MAX_QUOTE = 512;
const QUOTE_PART = 256;
/** So many units in a row, quote and agreeing context together, do not come back by chance. */
const ENOUGH = 40;
/** A place wins over its rival when so many more units of context agree. */
const CLEAR_LEAD = 16;
/** Longer than any grapheme that people use, so that segmenting from there finds the true borders. */
const GRAPHEME_MARGIN = 48;

export type Located =
  | { readonly state: "exact"; readonly start: number; readonly end: number }
  | { readonly state: "lost"; readonly reason: "missing" | "ambiguous" };

/** The anchor of text[start, end). */
export function describe(text: string, start: number, end: number): Anchor {
  const quote = text.slice(start, end);
  const { length } = quote;
  const context = length > LONG_QUOTE ? CONTEXT_OF_LONG_QUOTE : CONTEXT;
  return {
    v: 1,
    quote: length > MAX_QUOTE ? head(quote, QUOTE_PART) : quote,
    ...(length > MAX_QUOTE && { quoteEnd: tail(quote, QUOTE_PART), quoteLength: length }),
    start,
    end,
    prefix: tail(text.slice(0, start), context),
    suffix: head(text.slice(end), context),
  };
}

/**
 * Where the anchor's very words stand now. Never guesses: of several places it takes the one whose context agrees
 * wholly or by a clear lead, among equals the one at the old position; else the anchor is lost.
 */
export function locate(text: string, anchor: Anchor): Located {
  const { quote, quoteEnd = "", start: oldStart, prefix = "", suffix = "" } = anchor;
  const length = anchor.quoteLength ?? quote.length;
  const allContext = prefix.length + suffix.length;
  const agreementAt = (start: number) =>
    agreeing(prefix.length, (i) => text[start - i] === prefix.at(-i)) +
    agreeing(suffix.length, (i) => text[start + length + i - 1] === suffix[i - 1]);
  const isQuoteAt = (start: number) =>
    text.startsWith(quote, start) && text.startsWith(quoteEnd, start + length - quoteEnd.length);
  const found = (start: number): Located => ({ state: "exact", start, end: start + length });

  if (length === 0) return lost("missing");
  // The page as it was: nothing can agree better, and among equals the position decides.
  if (isQuoteAt(oldStart) && agreementAt(oldStart) === allContext) return found(oldStart);

  const places: { start: number; agreement: number }[] = [];
  for (let start = text.indexOf(quote); start >= 0; start = text.indexOf(quote, start + 1))
    if (isQuoteAt(start)) places.push({ start, agreement: agreementAt(start) });
  const isOld = ({ start }: { start: number }) => Number(start === oldStart);
  const [best, rival] = places.sort((a, b) => b.agreement - a.agreement || isOld(b) - isOld(a));
  if (!best || length + best.agreement < Math.min(ENOUGH, (length + allContext) / 2)) return lost("missing");

  const lead = rival ? best.agreement - rival.agreement : CLEAR_LEAD;
  const isClear = lead >= CLEAR_LEAD || (lead ? best.agreement === allContext : isOld(best));
  return isClear ? found(best.start) : lost("ambiguous");
}

function lost(reason: "missing" | "ambiguous"): Located {
  return { state: "lost", reason };
}

/** How many in a row, from 1 to `most`, agree. */
function agreeing(most: number, isSame: (i: number) => boolean): number {
  let count = 0;
  while (count < most && isSame(count + 1)) count++;
  return count;
}

let segmenter: Intl.Segmenter | undefined;

/** The grapheme of `text` that holds `text[index]`. */
function graphemeAt(text: string, index: number): Intl.SegmentData | undefined {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text).containing(index);
}

/** As many whole graphemes from the start of `text` as fit into `limit` units. */
function head(text: string, limit: number): string {
  const near = text.slice(0, limit + GRAPHEME_MARGIN);
  return near.slice(0, graphemeAt(near, limit)?.index);
}

/** As many whole graphemes from the end of `text`. */
function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const near = text.slice(-limit - GRAPHEME_MARGIN);
  const last = graphemeAt(near, near.length - limit - 1);
  return near.slice(last && last.index + last.segment.length);
}

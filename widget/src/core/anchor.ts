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
  const context = quote.length > LONG_QUOTE ? CONTEXT_OF_LONG_QUOTE : CONTEXT;
  const surroundings = {
    prefix: lastGraphemes(text.slice(Math.max(0, start - context - GRAPHEME_MARGIN), start), context),
    suffix: firstGraphemes(text.slice(end, end + context + GRAPHEME_MARGIN), context),
  };
  if (quote.length <= MAX_QUOTE) return { v: 1, quote, start, end, ...surroundings };
  const headLength = QUOTE_PART - (isInsidePair(quote, QUOTE_PART) ? 1 : 0);
  const tailStart = quote.length - QUOTE_PART + (isInsidePair(quote, quote.length - QUOTE_PART) ? 1 : 0);
  const parts = { quote: quote.slice(0, headLength), quoteEnd: quote.slice(tailStart), quoteLength: quote.length };
  return { v: 1, ...parts, start, end, ...surroundings };
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
    agreeingBefore(text, start, prefix) + agreeingAfter(text, start + length, suffix);
  const isQuoteAt = (start: number) =>
    text.startsWith(quote, start) && text.startsWith(quoteEnd, start + length - quoteEnd.length);
  const found = (start: number): Located => ({ state: "exact", start, end: start + length });

  if (length === 0) return lost("missing");
  // The page as it was: nothing can agree better, and among equals the position decides.
  if (isQuoteAt(oldStart) && agreementAt(oldStart) === allContext) return found(oldStart);

  let best = -1;
  let bestAgreement = -1;
  let rivalAgreement = -1;
  for (let start = text.indexOf(quote); start >= 0; start = text.indexOf(quote, start + 1)) {
    if (!isQuoteAt(start)) continue;
    const agreement = agreementAt(start);
    if (agreement > bestAgreement || (agreement === bestAgreement && start === oldStart)) {
      rivalAgreement = bestAgreement;
      bestAgreement = agreement;
      best = start;
    } else if (agreement > rivalAgreement) rivalAgreement = agreement;
  }
  if (best < 0 || length + bestAgreement < Math.min(ENOUGH, (length + allContext) / 2)) return lost("missing");

  const lead = rivalAgreement < 0 ? Infinity : bestAgreement - rivalAgreement;
  const isClear = lead >= CLEAR_LEAD || (lead > 0 && bestAgreement === allContext);
  return isClear || (lead === 0 && best === oldStart) ? found(best) : lost("ambiguous");
}

function lost(reason: "missing" | "ambiguous"): Located {
  return { state: "lost", reason };
}

/** How many units right before `end` are the last ones of `prefix`. */
function agreeingBefore(text: string, end: number, prefix: string): number {
  let count = 0;
  while (count < prefix.length && text[end - 1 - count] === prefix[prefix.length - 1 - count]) count++;
  return count;
}

/** How many units from `start` on are the first ones of `suffix`. */
function agreeingAfter(text: string, start: number, suffix: string): number {
  let count = 0;
  while (count < suffix.length && text[start + count] === suffix[count]) count++;
  return count;
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for characters; code points where the browser cannot tell (Firefox before 125). */
function graphemes(text: string): string[] {
  if (!("Segmenter" in Intl)) return [...text];
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function firstGraphemes(text: string, limit: number): string {
  let kept = "";
  for (const grapheme of graphemes(text)) {
    if (kept.length + grapheme.length > limit) break;
    kept += grapheme;
  }
  return kept;
}

function lastGraphemes(text: string, limit: number): string {
  let kept = "";
  for (const grapheme of graphemes(text).reverse()) {
    if (kept.length + grapheme.length > limit) break;
    kept = grapheme + kept;
  }
  return kept;
}

/** Whether a cut at `index` would halve a surrogate pair, which no UTF-8 can carry. */
function isInsidePair(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xffff;
}

import { describe, expect, test } from "vitest";
import { placePrompt, placeWindow, type Box, type Placement } from "../src/core/place";

const box = (left: number, top: number, width: number, height: number): Box => ({ left, top, width, height });
const view = box(0, 0, 1280, 800);
const article = box(72, 0, 620, 3000);
const windowSize = { width: 410, height: 300 };
const words = [box(200, 300, 180, 24)];

/** Where the arrow's centre points, in the coordinates of the view; 1 is the window's border. */
const arrowX = ({ left, arrowAt }: Placement) => left + 1 + arrowAt;
const arrowY = ({ top, arrowAt }: Placement) => top + 1 + arrowAt;

describe("a window", () => {
  test("stands in the margin at the right, its head's middle at the underline", () => {
    const placed = placeWindow(words, article, windowSize, view);
    expect(placed).toMatchObject({ side: "right", left: 692 + 64, arrowAt: 26, maxHeight: 560 });
    expect(arrowY(placed)).toBe(324);
  });

  test("has a leader from the end of the words to the arrow's tip", () => {
    const placed = placeWindow(words, article, windowSize, view);
    expect(placed.leader).toEqual({ left: 380, top: 323, width: 756 - 10 - 380 });
  });

  test("has no leader where the words end at the arrow", () => {
    const room430 = box(0, 0, 692 + 430, 800);
    const placed = placeWindow([box(500, 300, 192, 24)], article, windowSize, room430);
    expect(placed).toMatchObject({ side: "right", left: 692 + 12 });
    expect(placed.leader).toBeUndefined();
  });

  test("needs 430 px of margin", () => {
    expect(placeWindow(words, article, windowSize, box(0, 0, 692 + 429, 800)).side).toBe("bottom");
  });

  test("stands in the left margin where only that is free, with the leader from the start of the last line", () => {
    const placed = placeWindow([box(700, 300, 180, 24)], box(600, 0, 660, 3000), windowSize, view);
    expect(placed).toMatchObject({ side: "left", left: 600 - 64 - 410, arrowAt: 26 });
    expect(placed.leader).toEqual({ left: 546, top: 323, width: 700 - 546 });
  });

  test("meets the last of several lines", () => {
    const lines = [box(300, 300, 392, 24), box(72, 330, 150, 24)];
    const placed = placeWindow(lines, article, windowSize, view);
    expect(arrowY(placed)).toBe(354);
    expect(placed.leader).toMatchObject({ left: 222, top: 353 });
  });

  test("moves up to stay in the view, and its arrow down to stay at the words", () => {
    const low = placeWindow([box(200, 700, 180, 24)], article, windowSize, view);
    expect(low.top).toBe(800 - 8 - 300);
    expect(arrowY(low)).toBe(724);
    const high = placeWindow([box(200, 0, 180, 24)], article, windowSize, view);
    expect(high).toMatchObject({ top: 8, arrowAt: 23 });
  });

  test("never covers words that hang over the container's edge", () => {
    const wide = placeWindow([box(200, 300, 600, 24)], article, windowSize, box(0, 0, 1400, 800));
    expect(wide.left).toBeGreaterThanOrEqual(800 + 12);
  });

  const narrow = box(0, 0, 900, 800);

  test("stands below without a margin, 12 px clear, the arrow at the middle of the words", () => {
    const placed = placeWindow(words, article, windowSize, narrow);
    expect(placed).toMatchObject({ side: "bottom", top: 324 + 12, maxHeight: 800 - 324 - 20 });
    expect(arrowX(placed)).toBe(290);
    expect(placed.leader).toBeUndefined();
  });

  test("stands above where there is no room below", () => {
    const placed = placeWindow([box(200, 600, 180, 24)], article, windowSize, narrow);
    expect(placed).toMatchObject({ side: "top", top: 600 - 12 - 300, maxHeight: 560 });
  });

  test("takes the roomier side and a lower height where neither suffices", () => {
    const placed = placeWindow([box(200, 300, 180, 24)], article, { width: 410, height: 500 }, box(0, 0, 900, 560));
    expect(placed.side).toBe("top");
    expect(placed.top + Math.min(500, placed.maxHeight)).toBe(300 - 12);
    expect(placed.top).toBe(8);
  });

  test("stays in the view sideways, its arrow 16 px from the corners", () => {
    const left = placeWindow([box(10, 300, 6, 24)], article, windowSize, narrow);
    expect(left).toMatchObject({ left: 8, arrowAt: 23 });
    const right = placeWindow([box(880, 300, 10, 24)], box(0, 0, 900, 900), windowSize, narrow);
    expect(right).toMatchObject({ left: 900 - 8 - 410, arrowAt: 410 - 2 - 23 });
  });

  test("never grows over 70 % of the view", () => {
    for (const height of [100, 500, 5000]) {
      const placed = placeWindow(words, article, { width: 410, height }, view);
      expect(placed.maxHeight).toBe(560);
      expect(placed.top + Math.min(height, 560)).toBeLessThanOrEqual(792);
    }
  });
});

describe("a prompt", () => {
  const size = { width: 97, height: 34 };
  const last = box(400, 300, 8, 24);

  test("points at the last character from below, 1 px clear of its 8 px arrow", () => {
    const placed = placePrompt(last, size, view, false);
    expect(placed).toMatchObject({ side: "bottom", top: 324 + 9, left: 380, arrowAt: 23 });
    expect(arrowX(placed)).toBe(404);
  });

  test("stands above where the reader let go upwards", () => {
    expect(placePrompt(last, size, view, true)).toMatchObject({ side: "top", top: 300 - 9 - 34 });
  });

  test("changes sides at the edges of the view", () => {
    expect(placePrompt(box(400, 770, 8, 24), size, view, false).side).toBe("top");
    expect(placePrompt(box(400, 10, 8, 24), size, view, true).side).toBe("bottom");
  });

  test("stays in the view sideways, its arrow 16 px from the corners", () => {
    expect(placePrompt(box(2, 300, 8, 24), size, view, false)).toMatchObject({ left: 8, arrowAt: 23 });
    expect(placePrompt(box(1270, 300, 8, 24), size, view, false)).toMatchObject({ left: 1175, arrowAt: 97 - 2 - 23 });
  });
});

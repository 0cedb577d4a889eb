// The live channel's machine: what it does when it is cut, refused, reset and sent away.
import { describe, expect, it } from "vitest";
import { startLink, stateOf, stepLink, type Effect, type Input, type Link } from "../../src/dashboard/link";

/** Feeds inputs one after the other, and takes each wait to its end. */
function play(inputs: readonly Input[], from = startLink(0, true), everyMs = 20) {
  let [link] = from;
  let now = 0;
  const done: Effect[] = [...from[1]];
  const waits: number[] = [];
  for (const input of inputs) {
    now += everyMs;
    let effects: Effect[];
    [link, effects] = stepLink(link, input, now, 0.999);
    done.push(...effects);
    if (link.phase === "wait" && link.wakeAt < Infinity) {
      waits.push(link.wakeAt - now);
      now = Math.max(now, link.wakeAt);
      [link, effects] = stepLink(link, { type: "wake" }, now, 0.999);
      done.push(...effects);
    }
  }
  return { link, done, waits, now };
}

const up: readonly Input[] = [{ type: "answered" }, { type: "opened" }, { type: "welcome", heartbeatMs: 25_000 }];
const again = (loss: Input, times: number) => Array.from({ length: times }, () => [...up, loss]).flat();

describe("the link", () => {
  it("asks, dials, says hello, and is up", () => {
    const { link, done } = play(up);
    expect(done).toEqual(["ask", "dial", "hello"]);
    expect(stateOf(link, 100)).toBe("live");
  });
  it("waits longer after each failed attempt, up to 20 s", () => {
    const { waits } = play(Array.from({ length: 12 }, (): Input => ({ type: "failed" })));
    expect(waits.slice(0, 3).map((ms) => Math.round(ms / 100) / 10)).toEqual([0.5, 1, 2]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_000);
    expect(Math.max(...waits)).toBeGreaterThan(19_000);
  });
  it("does not hammer a server that lets it in and closes at once", () => {
    const { waits } = play(again({ type: "closed", code: 1006 }, 8));
    expect(waits.at(-1)).toBeGreaterThan(10_000);
  });
  it("does not hammer a server that resets it each time", () => {
    const { waits } = play(again({ type: "reset" }, 8));
    expect(waits.at(-1)).toBeGreaterThan(1_000);
  });
  it("does not hammer a server that takes no token", () => {
    const { waits } = play(again({ type: "closed", code: 4401 }, 8));
    expect(waits.at(-1)).toBeGreaterThan(1_000);
  });
  it("asks for a new token when the old one is out of date", () => {
    const { done } = play([...up, { type: "closed", code: 4401 }]);
    expect(done.slice(3)).toEqual(["hang-up", "ask"]);
  });
  it("stays away as long as a server that ends asks it to", () => {
    const { waits } = play([...up, { type: "bye", fromMs: 4_000, toMs: 4_000 }, { type: "closed", code: 1012 }]);
    expect(waits).toEqual([4_000]);
  });
  it("takes 35 s of silence for a loss", () => {
    const { link, now } = play(up);
    expect(stepLink(link, { type: "wake" }, now + 34_000, 0)[0].phase).toBe("up");
    expect(stepLink(link, { type: "wake" }, now + 35_000, 0)[1]).toEqual(["hang-up"]);
  });
  it("says nothing of a loss of less than 2 s, and is offline after 10 s", () => {
    const { link, now } = play(up);
    const lost: Link = { ...stepLink(link, { type: "closed", code: 1006 }, now, 0.5)[0] };
    expect([1_999, 2_000, 9_999, 10_000].map((ms) => stateOf(lost, now + ms))).toEqual([
      "live",
      "reconnecting",
      "reconnecting",
      "offline",
    ]);
  });
  it("tries at once when the browser is online again", () => {
    const { link, now } = play(up);
    const [off, hung] = stepLink(link, { type: "offline" }, now, 0);
    expect([hung, stateOf(off, now)]).toEqual([["hang-up"], "offline"]);
    expect(stepLink(off, { type: "online" }, now + 60_000, 0)[1]).toHaveLength(1);
  });
});

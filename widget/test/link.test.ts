import { expect, test } from "vitest";
import {
  linkState,
  nextWakeAt,
  startLink,
  stepLink,
  type Link,
  type LinkEffect,
  type LinkInput,
} from "../src/core/link";
import { seeded } from "./seeded";

type Input = LinkInput["type"] | LinkInput;

/** Feeds the inputs one after another at one moment; returns the state and the last effects. */
function run(link: Link, now: number, ...inputs: Input[]): [Link, LinkEffect[]] {
  let effects: LinkEffect[] = [];
  for (const input of inputs)
    [link, effects] = stepLink(link, typeof input === "string" ? ({ type: input } as LinkInput) : input, now, 0.5);
  return [link, effects];
}

const closed = (code = 1006) => ({ type: "closed", code }) as const;
const start = startLink(0, true);
const [live] = run(start, 100, "loaded", "opened", "caught-up");

test("a start goes through snapshot, socket and log", () => {
  expect(run(start, 0, "loaded")[1]).toEqual(["dial"]);
  expect(run(start, 0, "loaded", "opened")[1]).toEqual(["read"]);
  expect(live.phase).toBe("live");
  expect(linkState(start, 0)).toBe("connecting");
  expect(linkState(live, 1e9)).toBe("live");
});

test("a gap on a live line reads the log without a word to the reader", () => {
  const [link, effects] = run(live, 5000, "gap");
  expect(effects).toEqual(["read"]);
  expect(linkState(link, 8000)).toBe("live");
});

test("a lost line is told after 2 s, as offline after 10 s", () => {
  const [link] = run(live, 5000, closed());
  expect([5000, 6999, 7000, 14_999, 15_000].map((now) => linkState(link, now))).toEqual([
    "live",
    "live",
    "reconnecting",
    "reconnecting",
    "offline",
  ]);
  const wakes = [5000, 6000, 7000].map((now) => nextWakeAt({ ...link, wakeAt: Infinity }, now));
  expect(wakes).toEqual([7000, 7000, 15_000]);
});

test("attempts back off for ever, and start over only after 30 s of stability", () => {
  let [link] = run(live, 5000, closed());
  expect(link.wakeAt).toBe(5250);
  for (let i = 0; i < 100; i++) [link] = run(link, link.wakeAt, "wake", closed());
  expect(link).toMatchObject({ phase: "wait", attempt: 101 });
  const now = link.wakeAt;
  expect(run(link, now, "wake", closed())[0].wakeAt).toBe(now + 10_000);
  const [back] = run(link, now, "wake", "opened", "caught-up");
  expect(run(back, now + 29_999, closed())[0].attempt).toBe(102);
  expect(run(back, now + 30_000, closed())[0].attempt).toBe(1);
});

test("where no socket opens, the log is read at every attempt", () => {
  const [waiting, effects] = run(live, 5000, closed(), "nudge", closed());
  expect(effects).toEqual(["hang-up", "read"]);
  expect(run(waiting, 5001, "caught-up")[0]).toBe(waiting);
  expect(run(waiting, 5001, "reset")[0]).toMatchObject({ phase: "wait", hasSnapshot: false });
  const [dialing] = run(waiting, 20_000, "wake");
  expect(run(dialing, 29_999, "wake")[1]).toEqual([]);
  expect(run(dialing, 30_000, "wake")[1]).toEqual(["hang-up", "read"]);
});

test("nudge, online and try do not wait", () => {
  const [waiting] = run(live, 5000, closed());
  for (const input of ["nudge", "try", "online"] as const) expect(run(waiting, 5001, input)[1]).toEqual(["dial"]);
  expect(run(live, 5001, "nudge")[1]).toEqual([]);
});

test("the browser's word counts until there is evidence: offline is shown, online gives up the old socket", () => {
  const [off] = run(live, 5000, "offline");
  expect(linkState(off, 5000)).toBe("offline");
  const [on, effects] = run(off, 6000, "online");
  expect(effects).toEqual(["dial"]);
  expect(linkState(on, 6000)).toBe("live");
});

test("4400 and 4403 refuse until the reader tries again, as do final answers to the snapshot", () => {
  for (const code of [4400, 4403]) {
    const [refused] = run(live, 5000, closed(code));
    expect(linkState(refused, 5000)).toBe("refused");
    expect(run(refused, 6000, "nudge", "online", "wake")[0].phase).toBe("refused");
    expect(run(refused, 6000, "try")[1]).toEqual(["load"]);
  }
  const [refused, effects] = run(start, 0, { type: "failed", refusal: "invalid-tenant" });
  expect(refused.refusal).toBe("invalid-tenant");
  expect(effects).toEqual(["hang-up"]);
  expect(nextWakeAt(refused, 0)).toBe(Infinity);
});

test("4401 and an expired ticket begin with a snapshot", () => {
  expect(run(live, 5000, closed(4401), "nudge")[1]).toEqual(["load"]);
  expect(run(live, 5000, "gap", closed(4401), "nudge")[1]).toEqual(["load"]);
});

test("a reset takes a snapshot on the same socket; a second one right after it waits", () => {
  const [loading, effects] = run(live, 5000, "gap", "reset");
  expect(effects).toEqual(["load"]);
  expect(run(loading, 5000, "loaded")[1]).toEqual(["read"]);
  expect(run(loading, 5000, "loaded", "reset")[0]).toMatchObject({ phase: "wait", hasSnapshot: false });
});

test("whatever happens, the machine has a way on: a request, a socket or a timer", () => {
  const names = "loaded opened caught-up reset gap nudge try online offline wake failed closed".split(" ");
  for (let seed = 0; seed < 300; seed++) {
    const below = seeded(seed);
    let link = startLink(0, true);
    for (let now = 0, i = 0; i < 60; i++, now += below(5000)) {
      const type = names[below(names.length)];
      // A socket only opens or closes if there is one.
      if (type === "opened" && link.phase !== "dial") continue;
      if (type === "closed" && !link.isOpen && link.phase !== "dial") continue;
      if (type === "loaded" && link.phase !== "load") continue;
      const input = { type, ...(type === "closed" && { code: [1006, 1012, 4401][below(3)] }) } as LinkInput;
      const [next, effects] = stepLink(link, input, now, below(100) / 100);
      link = next;
      if (effects.includes("dial")) expect(link.phase).toBe("dial");
      if (["wait", "dial"].includes(link.phase)) expect(link.wakeAt).toBeLessThan(Infinity);
      if (["read", "live"].includes(link.phase)) expect(link.isOpen && link.hasSnapshot).toBe(true);
    }
  }
});

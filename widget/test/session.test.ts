import { describe, expect, test } from "vitest";
import { linkState, nextWakeAt, startSession, type Session } from "../src/core/link";
import { stepSession, type Effect, type Input } from "../src/core/session";
import { seeded } from "./seeded";

type Line = Session<string>;
type Plain = Exclude<Input<string>, { room: string } | { code: number } | { fromMs: number }>["type"];
type Step = Plain | Input<string>;

/** Feeds the inputs one after another at one moment; returns the state and the last effects. */
function run(line: Line, now: number, ...steps: Step[]): [Line, Effect<string>[]] {
  let effects: Effect<string>[] = [];
  for (const step of steps)
    [line, effects] = stepSession(line, typeof step === "string" ? { type: step } : step, now, 0.5);
  return [line, effects];
}

const room = "a";
const join = { type: "join", room } as const;
const loaded = { type: "loaded", room } as const;
const failed = { type: "failed", room } as const;
/** So many events are missing; none also when the server has answered a watch that nothing is. */
const at = (missing = 0) => ({ type: "at", room, missing }) as const;
const gap = { type: "gap", room } as const;
const reset = { type: "reset", room } as const;
const closed = (code = 1006) => ({ type: "closed", code }) as const;
const phaseOf = (line: Line, key = room) => line.rooms.get(key)?.phase;
const link = (line: Line, now: number, key = room) => linkState(line, key, now);

const empty = startSession<string>(0, true);
const [start] = run(empty, 0, join);
const [live] = run(start, 100, loaded, "opened", "heard", at());

describe("the way in", () => {
  test("a room reads its snapshot, the first token dials, the socket says hello with what is known", () => {
    expect(run(empty, 0, join)[1]).toEqual([["load", room]]);
    expect(run(start, 0, loaded)[1]).toEqual([["dial"]]);
    const [opened, effects] = run(start, 0, loaded, "opened");
    expect(effects).toEqual([["hello"]]);
    expect(phaseOf(opened)).toBe("watch");
    const [full, last] = run(opened, 0, "heard", at());
    expect(last).toEqual([["live", room]]);
    expect(phaseOf(full)).toBe("live");
    expect([link(start, 0), link(live, 1e9)]).toEqual(["connecting", "live"]);
  });

  test("a room is live only when what it missed has come", () => {
    const [line] = run(start, 100, loaded, "opened", "heard", at(Infinity), at(2));
    expect([phaseOf(line), link(line, 100)]).toEqual(["watch", "connecting"]);
    expect(phaseOf(run(line, 100, at(1))[0])).toBe("watch");
    expect(phaseOf(run(line, 100, at(0))[0])).toBe("live");
  });

  test("a room that joins an open line is watched there; one whose snapshot was late, too", () => {
    const [second] = run(live, 200, { type: "join", room: "b" });
    expect(run(second, 300, { type: "loaded", room: "b" })[1]).toEqual([["watch", "b"]]);
    const [late] = run(start, 0, { type: "join", room: "b" }, loaded, "opened", { type: "loaded", room: "b" });
    expect(phaseOf(late, "b")).toBe("idle");
    expect(run(late, 0, "heard")[1]).toEqual([["watch", "b"]]);
  });

  test("a snapshot that fails is tried again, without a second line or an end", () => {
    let [line] = run(start, 0, failed);
    expect(line.rooms.get(room)).toMatchObject({ phase: "none", wakeAt: 250 });
    expect(run(line, 250, "wake")[1]).toEqual([["load", room]]);
    for (let i = 0; i < 100; i++) [line] = run(line, nextWakeAt(line, i * 1e5), "wake", failed);
    expect(phaseOf(line)).toBe("none");
    expect(run(line, 1e8, "seen")[1]).toEqual([["load", room]]);
  });

  test("a room that leaves is forgotten, and so is what is still said of it", () => {
    const [line] = run(live, 200, { type: "leave", room });
    expect(line.rooms.size).toBe(0);
    expect(run(line, 300, at(5))).toEqual([line, []]);
  });
});

describe("what is missing", () => {
  test("a gap asks again from the position, on the same socket, without a word to the reader", () => {
    const [line, effects] = run(live, 5000, at(2), gap);
    expect(effects).toEqual([["watch", room]]);
    expect(run(line, 5000, gap)[1]).toEqual([]);
    expect(link(line, 8000)).toBe("live");
    expect(phaseOf(run(line, 5100, at(2), at(0))[0])).toBe("live");
  });

  test("5 s without the missing event give up the socket; every one that was missing gives 5 s more", () => {
    const [line] = run(live, 5000, at(9), gap, at(9));
    expect(run(line, 9999, "wake")[1]).toEqual([]);
    expect(run(line, 10_000, "wake")[1]).toEqual([["hang-up"]]);
    const [slow] = run(line, 9000, at(4));
    expect(run(slow, 13_999, "wake")[1]).toEqual([]);
    expect(run(slow, 14_000, "wake")[1]).toEqual([["hang-up"]]);
    expect(run(run(slow, 13_000, at(4))[0], 14_000, "wake")[1], "new ones do not").toEqual([["hang-up"]]);
  });

  test("a watch without an answer gives up the socket, too; the first has 10 s", () => {
    const [asked] = run(live, 5000, at(1), gap);
    expect(run(asked, 10_000, "wake")[1]).toEqual([["hang-up"]]);
    const [hello] = run(start, 0, loaded, "opened");
    expect(run(hello, 9999, "wake")[1]).toEqual([]);
    expect(run(hello, 10_000, "wake")[1]).toEqual([["hang-up"]]);
  });

  test("what is missing and does not come in 2 s is asked for; more of it makes no longer wait", () => {
    const [line] = run(live, 5000, at(3));
    const [again] = run(line, 6000, at(4), at(3));
    expect(nextWakeAt(again, 6000)).toBe(7000);
    expect(run(again, 7000, "wake")[1]).toEqual([["watch", room]]);
    expect(run(again, 6900, at(2), "wake")[1]).toEqual([]);
    expect(phaseOf(run(again, 6900, at(0))[0])).toBe("live");
    expect(run(again, 6900, at(0))[0].rooms.get(room)?.wakeAt).toBe(Infinity);
    expect(run(live, 5000, at(0))[0].rooms.get(room)?.wakeAt).toBe(Infinity);
  });

  test("a reset takes a snapshot on the same socket; a second one right after it waits", () => {
    const [loading, effects] = run(live, 5000, reset);
    expect(effects).toEqual([["load", room]]);
    expect(run(loading, 5000, reset)).toEqual([loading, []]);
    const [back, next] = run(loading, 5000, loaded);
    expect(next).toEqual([["watch", room]]);
    const [waiting] = run(back, 5000, reset);
    expect(phaseOf(waiting)).toBe("none");
    expect(run(waiting, waiting.rooms.get(room)?.wakeAt ?? 0, "wake")[1]).toEqual([["load", room]]);
    const [stable] = run(back, 5100, at(), "heard");
    expect(run(stable, 40_000, reset)[1]).toEqual([["load", room]]);
  });

  test("a reset forgets the position: after a snapshot that failed, the room is not watched", () => {
    const [line, effects] = run(live, 5000, reset, failed);
    expect([phaseOf(line), effects]).toEqual(["none", []]);
    expect(run(line, 6000, closed(), "seen", "opened", "heard")[1]).toEqual([]);
  });
});

describe("the end of a socket", () => {
  test("a lost line is told after 2 s, as offline after 10 s", () => {
    const [line] = run(live, 5000, closed());
    const times = [5000, 6999, 7000, 14_999, 15_000];
    expect(times.map((now) => link(line, now))).toEqual(["live", "live", "reconnecting", "reconnecting", "offline"]);
    const wakes = [5000, 6000, 7000].map((now) => nextWakeAt({ ...line, wakeAt: Infinity }, now));
    expect(wakes).toEqual([7000, 7000, 15_000]);
  });

  test("attempts back off for ever, and start over only after 30 s of stability", () => {
    let [line] = run(live, 5000, closed());
    expect(line.wakeAt).toBe(5250);
    for (let i = 0; i < 100; i++) [line] = run(line, line.wakeAt, "wake", closed(), failed);
    expect(line).toMatchObject({ phase: "wait", attempt: 101 });
    const now = line.wakeAt;
    expect(run(line, now, "wake", closed())[0].wakeAt).toBe(now + 10_000);
    const [back] = run(line, now, "wake", "opened", "heard");
    expect(run(back, now + 29_999, closed())[0].attempt).toBe(102);
    expect(run(back, now + 30_000, closed())[0].attempt).toBe(1);
  });

  test("a socket that opens and says nothing counts as failed", () => {
    const [line] = run(live, 5000, closed(), "seen", "opened");
    expect(run(line, 5100, closed())[0]).toMatchObject({ attempt: 2, isUp: false });
  });

  test("where no socket opens, snapshots are read from the second attempt on, and once each", () => {
    const [once, none] = run(start, 0, loaded, closed());
    expect(none).toEqual([["hang-up"]]);
    const [twice, effects] = run(once, once.wakeAt, "wake", closed());
    expect(effects).toEqual([["hang-up"], ["load", room]]);
    expect(run(twice, 2000, failed)[0]).toMatchObject({ phase: "wait" });
    const [known, nothing] = run(twice, 2000, loaded);
    expect([phaseOf(known), nothing]).toEqual(["idle", []]);
    const [dialing] = run(known, 20_000, "wake");
    expect(run(dialing, 29_999, "wake")[1]).toEqual([]);
    expect(run(dialing, 30_000, "wake")[1]).toEqual([["hang-up"], ["load", room]]);
  });

  test("4400 and 4403 refuse every room until the reader tries again", () => {
    for (const code of [4400, 4403]) {
      const [line] = run(live, 5000, closed(code));
      expect(link(line, 5000)).toBe("refused");
      expect(nextWakeAt(line, 5000)).toBe(Infinity);
      expect(run(line, 6000, "seen", "online", "wake")[0].phase).toBe("refused");
      expect(run(line, 6000, "try")[1]).toEqual([["load", room]]);
      expect(run(line, 6000, "try", loaded)[1]).toEqual([["dial"]]);
    }
  });

  test("a refused snapshot or watch refuses its room alone", () => {
    const [line] = run(live, 200, { type: "join", room: "b" }, { type: "failed", room: "b", refusal: "forbidden" });
    expect([link(line, 200), link(line, 200, "b")]).toEqual(["live", "refused"]);
    expect(line.rooms.get("b")?.refusal).toBe("forbidden");
    const [again, effects] = run(line, 300, "try");
    expect(effects).toContainEqual(["load", "b"]);
    expect(again.rooms.get("b")?.refusal).toBeUndefined();
    expect(link(run(live, 200, { ...failed, refusal: "not-found" })[0], 200)).toBe("refused");
  });

  test("4401 begins with a snapshot, soon, and dials when there is a token again", () => {
    const [line] = run(live, 5000, closed(4401));
    expect(line).toMatchObject({ phase: "wait", hasToken: false, wakeAt: Infinity });
    const [loading, effects] = run(line, 5250, "wake");
    expect(effects).toEqual([["load", room]]);
    expect(run(loading, 5250, failed)[0].rooms.get(room)?.phase).toBe("none");
    expect(run(loading, 5250, loaded)[1]).toEqual([["dial"]]);
  });

  test("after a bye the line comes back at a random time within what was said", () => {
    const [line] = run(live, 5000, { type: "bye", fromMs: 2000, toMs: 20_000 }, closed(1012));
    expect(line.wakeAt).toBe(5000 + 11_000);
    expect(run(line, 16_000, "wake", closed(1012))[0].wakeAt).toBeLessThan(17_000);
  });
});

describe("silence, sleep and the browser's word", () => {
  test("30 s of silence are asked about, 5 s more end the socket", () => {
    const [line] = run(live, 1000, "heard");
    expect(nextWakeAt(line, 1000)).toBe(31_000);
    const [asked, effects] = run(line, 31_000, "wake");
    expect(effects).toEqual([["watch", room]]);
    expect(run(asked, 35_999, "wake")[1]).toEqual([]);
    expect(run(asked, 36_000, "wake")[1]).toEqual([["hang-up"]]);
    expect(phaseOf(run(asked, 31_100, "heard", at())[0])).toBe("live");
  });

  test("a timer that is late asks first, too", () => {
    const [asked, effects] = run(live, 1_000_000, "wake");
    expect(effects).toEqual([["watch", room]]);
    expect(run(asked, 1_000_100, "heard", at(), "wake")[1]).toEqual([]);
  });

  test("seen, try and online do not wait", () => {
    const [waiting] = run(live, 5000, closed());
    for (const input of ["seen", "try"] as const) expect(run(waiting, 5001, input)[1]).toEqual([["dial"]]);
    expect(run(waiting, 5001, "online")[1]).toEqual([["hang-up"], ["dial"]]);
  });

  test("an open line is asked when the page is seen again", () => {
    expect(run(live, 5000, "hidden", "seen")[1]).toEqual([["watch", room]]);
  });

  test("a page hidden for 5 min sleeps: no socket, no attempt, and nothing is said to be offline", () => {
    const [hidden] = run(live, 1000, "hidden", "heard");
    expect(run(hidden, 300_999, "heard", "wake")[0].phase).toBe("open");
    const [asleep, effects] = run(hidden, 301_000, "wake");
    expect([asleep.phase, effects]).toEqual(["sleep", [["hang-up"]]]);
    expect(nextWakeAt(asleep, 301_000)).toBe(Infinity);
    expect(run(asleep, 400_000, "wake", "online")[1]).toEqual([]);
    expect(link(asleep, 9e6)).toBe("live");
    const [awake, next] = run(asleep, 9e6, "seen");
    expect(next).toEqual([["dial"]]);
    expect(link(awake, 9e6 + 1999)).toBe("live");
    expect(link(awake, 9e6 + 2000)).toBe("reconnecting");
  });

  test("a page that is hidden while it reconnects sleeps, too", () => {
    const [line] = run(live, 1000, "hidden", closed());
    expect(run(line, 301_000, "wake")[0].phase).toBe("sleep");
  });

  test("offline is shown until there is evidence; online gives up the old socket", () => {
    const [off] = run(live, 5000, "offline");
    expect(link(off, 5000)).toBe("offline");
    const [on, effects] = run(off, 6000, "online");
    expect(effects).toEqual([["hang-up"], ["dial"]]);
    expect(link(on, 6000)).toBe("live");
    expect(link(run(off, 6000, closed(), "seen", "opened", "heard")[0], 6000)).toBe("live");
  });
});

test("whatever happens, the machine has a way on: a request, a socket, or a timer", () => {
  const plain: Plain[] = ["opened", "heard", "online", "offline", "hidden", "seen", "try", "wake"];
  for (let seed = 0; seed < 500; seed++) {
    const below = seeded(seed);
    let line = run(empty, 0, join, { type: "join", room: "b" })[0];
    for (let now = 0, i = 0; i < 80; i++, now += below(8000)) {
      const room = below(2) ? "a" : "b";
      const more: Input<string>[] = [
        { type: "loaded", room },
        { type: "failed", room },
        { type: "at", room, missing: [Infinity, below(9), 0][below(3)] ?? 0 },
        { type: "reset", room },
        { type: "gap", room },
        { type: "bye", fromMs: 0, toMs: 20_000 },
        { type: "closed", code: [1006, 1012, 4401][below(3)] ?? 0 },
        { type: plain[below(plain.length)] ?? "wake" },
      ];
      const input = more[below(more.length)] as Input<string>;
      const it = line.rooms.get(room);
      // A socket only speaks or ends where there is one, a request only where it was made.
      if (["opened", "heard", "closed"].includes(input.type) && !["dial", "open"].includes(line.phase)) continue;
      if (["loaded", "failed"].includes(input.type) && it?.phase !== "load") continue;
      const [next, effects] = stepSession(line, input, now, below(100) / 100);
      line = next;
      const said = `seed ${seed}: ${input.type}`;
      if (effects.some(([what]) => what === "dial")) expect(line.phase, said).toBe("dial");
      for (const { phase, isKnown, wakeAt } of line.rooms.values()) {
        if (phase === "watch") expect(wakeAt, said).toBeLessThan(Infinity);
        if (["watch", "live"].includes(phase)) expect(["dial", "open"], said).toContain(line.phase);
        if (["watch", "live", "idle"].includes(phase)) expect(isKnown, said).toBe(true);
        if (phase === "idle") expect(line.phase, said).not.toBe("open");
      }
      const isBusy = [...line.rooms.values()].some(({ phase }) => phase === "load");
      if (!isBusy && line.phase !== "sleep") expect(nextWakeAt(line, now), said).toBeLessThan(Infinity);
    }
  }
});

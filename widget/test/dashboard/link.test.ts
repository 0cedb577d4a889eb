import { describe, expect, test } from "vitest";
import { nextLookAt, startLink, stateOf, stepLink, type Effect, type Input, type Link } from "../../src/dashboard/link";

/** Plays inputs, each so many ms after the one before; chance always decides for the longest wait. */
class Play {
  now = 1_000_000;
  link: Link;
  effects: Effect[];
  constructor(isOnline = true) {
    [this.link, this.effects] = startLink(this.now, isOnline);
  }
  feed(input: Input, afterMs = 0): Effect[] {
    this.now += afterMs;
    [this.link, this.effects] = stepLink(this.link, input, this.now, 1);
    return this.effects;
  }
  /** Lets time go to the next thing that is due. */
  wake(): Effect[] {
    return this.feed({ type: "wake" }, this.link.wakeAt - this.now);
  }
  comeUp(): this {
    this.feed({ type: "answered" });
    this.feed({ type: "opened" });
    this.feed({ type: "welcome", heartbeatMs: 25_000 });
    return this;
  }
  get state() {
    return stateOf(this.link, this.now);
  }
}

describe("the way up", () => {
  test("is to ask, to dial, to say hello", () => {
    const play = new Play();
    expect(play.effects).toEqual(["ask"]);
    expect(play.feed({ type: "answered" })).toEqual(["dial"]);
    expect(play.feed({ type: "opened" })).toEqual(["hello"]);
    expect(play.state).toBe("connecting");
    play.feed({ type: "welcome", heartbeatMs: 25_000 });
    expect(play.state).toBe("live");
  });

  test("begins anew where a step takes too long", () => {
    const play = new Play();
    expect(play.wake()).toEqual(["hang-up"]);
    expect(play.wake()).toEqual(["ask"]);
  });

  test("waits for the browser to be online", () => {
    const play = new Play(false);
    expect(play.effects).toEqual([]);
    expect(play.link.wakeAt).toBe(Infinity);
    expect(play.state).toBe("offline");
    expect(play.feed({ type: "online" })).toEqual(["ask"]);
  });
});

describe("a loss", () => {
  test("is dialled again after a wait of full jitter that grows to 20 s", () => {
    const play = new Play().comeUp();
    const waits: number[] = [];
    play.feed({ type: "closed", code: 1006 }, 60_000);
    for (let n = 0; n < 8; n++) {
      waits.push(play.link.wakeAt - play.now);
      expect(play.wake()).toEqual(["dial"]);
      play.feed({ type: "closed", code: 1006 });
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  });

  test("is not worth a word for 2 s, and is offline after 10", () => {
    const play = new Play().comeUp();
    play.feed({ type: "closed", code: 1006 }, 60_000);
    const told = [0, 1_999, 2_000, 9_999, 10_000].map((ms) => stateOf(play.link, play.now + ms));
    expect(told).toEqual(["live", "live", "reconnecting", "reconnecting", "offline"]);
    expect(nextLookAt({ ...play.link, wakeAt: Infinity }, play.now)).toBe(play.now + 2_000);
  });

  test("is counted from when it was lost, not from the last attempt", () => {
    const play = new Play().comeUp();
    play.feed({ type: "closed", code: 1006 }, 60_000);
    const lostAt = play.now;
    while (play.now < lostAt + 10_000) {
      play.wake();
      play.feed({ type: "closed", code: 1006 });
    }
    expect(play.link.since).toBe(lostAt);
    expect(play.state).toBe("offline");
  });

  test("that follows at once on coming up does not make the waits short again", () => {
    const play = new Play();
    for (let n = 0; n < 6; n++) {
      play.comeUp();
      play.feed({ type: "closed", code: 1011 });
      play.feed({ type: "wake" }, play.link.wakeAt - play.now);
      play.feed({ type: "opened" });
    }
    expect(play.link.attempt).toBe(6);
  });

  test("is noticed by silence", () => {
    const play = new Play().comeUp();
    play.feed({ type: "heard" }, 30_000);
    expect(play.feed({ type: "wake" }, 34_000)).toEqual([]);
    expect(play.feed({ type: "wake" }, 1_000)).toEqual(["hang-up"]);
    expect(play.wake()).toEqual(["dial"]);
  });
});

describe("the server's word", () => {
  test("4401 has us ask for a new token at once", () => {
    const play = new Play().comeUp();
    play.feed({ type: "closed", code: 4401 }, 60_000);
    expect(play.link.wakeAt).toBe(play.now);
    expect(play.wake()).toEqual(["ask"]);
  });

  test("4401 again and again has us wait longer each time", () => {
    const play = new Play();
    const waits = [1, 2, 3].map(() => {
      play.feed({ type: "answered" });
      play.feed({ type: "opened" });
      play.feed({ type: "closed", code: 4401 });
      const waitMs = play.link.wakeAt - play.now;
      play.wake();
      return waitMs;
    });
    expect(waits).toEqual([500, 1_000, 2_000]);
  });

  test("bye has us come back when it said", () => {
    const play = new Play().comeUp();
    play.feed({ type: "bye", fromMs: 1_000, toMs: 3_000 });
    play.feed({ type: "closed", code: 1012 });
    expect(play.link.wakeAt - play.now).toBe(3_000);
  });

  test("a reset has us ask where the room is now", () => {
    const play = new Play().comeUp();
    expect(play.feed({ type: "reset" })).toEqual(["hang-up"]);
    expect(play.wake()).toEqual(["ask"]);
  });

  test("a refusal is for good", () => {
    const play = new Play();
    play.feed({ type: "refused" });
    expect(play.state).toBe("offline");
    for (const type of ["wake", "online", "answered", "opened"] as const)
      expect(play.feed({ type }, 60_000)).toEqual([]);
  });

  test("a failure to answer is asked again, later", () => {
    const play = new Play();
    play.feed({ type: "failed" });
    expect(play.wake()).toEqual(["ask"]);
  });
});

describe("the browser's word", () => {
  test("offline hangs up and waits; online dials at once", () => {
    const play = new Play().comeUp();
    expect(play.feed({ type: "offline" }, 60_000)).toEqual(["hang-up"]);
    expect(play.state).toBe("offline");
    expect(play.link.wakeAt).toBe(Infinity);
    expect(play.feed({ type: "online" }, 60_000)).toEqual(["dial"]);
  });
});

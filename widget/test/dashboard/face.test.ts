import { expect, test } from "vitest";
import { toneOf } from "../../src/dashboard/parts/face";
import { avatar } from "../../src/view/avatar";

test("somebody has the tone that the widget gives them", () => {
  const hues = [25, 75, 150, 210, 265, 325];
  for (const id of ["", "ana", "gMEhgepr", "Зоряна Лісна", "x".repeat(300), "👩‍🚀"])
    expect(avatar({ id, name: "Ana" } as Parameters<typeof avatar>[0]), id).toMatchObject({
      props: { style: `--cc-hue:${hues[toneOf(id) - 1]}` },
    });
});

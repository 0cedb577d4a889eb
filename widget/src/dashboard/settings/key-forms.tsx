// Makes an API key beside the others, or in the place of some of them.
import { useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { Confirm } from "./parts/confirm";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { Problem, SelectField, TextField } from "./parts/field";
import type { MadeKey } from "./wire";
import { keyWords, siteWords } from "./words";

/** As the server allows: thirty days. */
const overlapMost = 720;

interface Props {
  /** The origins that may be chosen, besides all of them together. */
  readonly origins: readonly string[];
  readonly onMade: (made: MadeKey) => void;
}

export function NewKey({ origins, onMade }: Props) {
  const say = useWords(keyWords);
  const { api } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const [origin, setOrigin] = useState("");
  return (
    <form
      class="set-block"
      onSubmit={(event) => {
        event.preventDefault();
        void deed.run(() => api.send<MadeKey>("POST", "keys", origin ? { origin } : {}), onMade);
      }}
    >
      <h3>{say("make")}</h3>
      <p class="small">{say("makeHow")}</p>
      <SelectField
        label={say("goodFor")}
        problem={refusal(deed.failure)}
        value={origin}
        options={[
          { value: "", label: say("forAll") },
          ...origins.map((value) => ({ value, label: say("forOne", { origin: value }) })),
        ]}
        onChoose={setOrigin}
      />
      <button type="submit" class="button-main" disabled={deed.isBusy}>
        {say("make")}
      </button>
    </form>
  );
}

export function RotateKeys({ origins, onMade }: Props) {
  const say = useWords(keyWords);
  const sayProblem = useWords(siteWords);
  const { api } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const [origin, setOrigin] = useState("");
  const [hours, setHours] = useState("24");
  const [isAsking, setAsking] = useState(false);
  const overlapHours = /^\s*\d{1,4}\s*$/.test(hours) ? Number(hours) : NaN;
  const isPossible = overlapHours <= overlapMost;

  function rotate(): void {
    setAsking(false);
    const body = { overlapHours, ...(origin && { origin }) };
    void deed.run(() => api.send<MadeKey>("POST", "keys/rotate", body), onMade);
  }

  const isElsewhere = !["origin", "overlapHours"].includes(fieldOf(deed.failure));
  return (
    <form
      class="set-block"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPossible) return;
        if (overlapHours === 0) setAsking(true);
        else rotate();
      }}
    >
      <h3>{say("rotate")}</h3>
      <p class="small">{say("rotateHow")}</p>
      <SelectField
        label={say("which")}
        problem={refused("origin")}
        value={origin}
        options={[
          { value: "", label: say("forAll") },
          ...origins.map((value) => ({ value, label: say("forOne", { origin: value }) })),
        ]}
        onChoose={setOrigin}
      />
      <TextField
        label={say("overlap")}
        how={say("overlapHow", { n: overlapMost })}
        problem={isPossible ? refused("overlapHours") : sayProblem("problem-number", { least: 0, most: overlapMost })}
        value={hours}
        onInput={setHours}
        input={{ inputMode: "numeric", maxLength: 4, size: 6 }}
      />
      {isAsking && (
        <Confirm
          question={say("rotateAsk")}
          label={say("rotateNow")}
          isBusy={deed.isBusy}
          onCancel={() => setAsking(false)}
          onConfirm={rotate}
        />
      )}
      <Problem text={isElsewhere ? refusal(deed.failure) : undefined} />
      {!isAsking && (
        <button type="submit" class="button" disabled={deed.isBusy}>
          {say("rotate")}
        </button>
      )}
    </form>
  );
}

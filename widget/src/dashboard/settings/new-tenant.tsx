// Makes a site on this server.
import { useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { normalizeOrigin } from "./origin";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { AreaField, Problem, TextField } from "./parts/field";
import type { MadeTenant } from "./wire";
import { tenantWords } from "./words";

export function NewTenant({ onMade }: { readonly onMade: (made: MadeTenant) => void }) {
  const say = useWords(tenantWords);
  const { api } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [origins, setOrigins] = useState("");
  const [isTried, setTried] = useState(false);

  const given = origins.split(/\s+/).filter(Boolean);
  const wrong = given.find((origin) => normalizeOrigin(origin) === undefined);
  const isId = /^[\w.~-]{1,64}$/.test(id) && !/^\.+$/.test(id);
  const isName = name.trim() !== "" && [...name.trim()].length <= 200;

  function make(): void {
    setTried(true);
    if (!isId || !isName || wrong !== undefined || !given.length) return;
    void deed.run(
      () => api.send<MadeTenant>("POST", "tenants", { id, name: name.trim(), origins: given }),
      (made) => {
        setId("");
        setName("");
        setOrigins("");
        setTried(false);
        onMade(made);
      },
    );
  }

  const originProblem = (): string | undefined => {
    if (!isTried) return undefined;
    return wrong !== undefined ? say("originWrong", { origin: wrong }) : given.length ? undefined : say("noOrigin");
  };
  const isElsewhere = !["id", "name", "origins"].includes(fieldOf(deed.failure));
  return (
    <form
      class="set-block"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <h3>{say("create")}</h3>
      <TextField
        label={say("name")}
        problem={isTried && !isName ? say("nameWrong") : refused("name")}
        value={name}
        onInput={setName}
        input={{ maxLength: 400 }}
      />
      <TextField
        label={say("id")}
        how={say("idHow")}
        problem={isTried && !isId ? say("idWrong") : refused("id")}
        value={id}
        onInput={setId}
        input={{ maxLength: 64, spellcheck: false }}
      />
      <AreaField
        label={say("origins")}
        problem={originProblem() ?? refused("origins")}
        rows={3}
        isCode
        value={origins}
        onInput={setOrigins}
      />
      <Problem text={isElsewhere ? refusal(deed.failure) : undefined} />
      <button type="submit" class="button-main" disabled={deed.isBusy}>
        {say("make")}
      </button>
    </form>
  );
}

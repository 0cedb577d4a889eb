// Where nothing has happened yet: what to do about it. Turns into figures by itself.
import { useDesk, useWords } from "../desk";
import { Code } from "../parts/code";
import { overviewWords } from "./words";

export function Empty() {
  const say = useWords(overviewWords);
  const { tenant } = useDesk();
  const snippet = [
    "<script async",
    `  src="${location.origin}/js/embed-collab-chat.min.js"`,
    `  data-tenant-id="${tenant.id}"></script>`,
  ].join("\n");
  return (
    <div class="empty">
      <div>
        <h1>{say("nothing")}</h1>
        <p class="dim">{say("nothingHow")}</p>
        <p class="wait" role="status">
          <span class="ring" aria-hidden="true" />
          {say("waiting")}
        </p>
      </div>
      <Code title={say("inThePage")} text={snippet} />
    </div>
  );
}

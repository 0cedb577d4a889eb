// The <script> tag's loader: defines the globals, and starts by itself when the tag says for whom.
//
//   <script src="https://chat.example/js/embed-collab-chat.min.js" data-tenant-id="demo" data-target="article" async></script>
import { FastCommentsCollabChat, setScriptOrigin, type Config } from "./index";

const script = document.currentScript;

if (script instanceof HTMLScriptElement) {
  setScriptOrigin(new URL(script.src, location.href).origin);
  const { tenantId, target, urlId, locale } = script.dataset;
  if (tenantId) {
    // What the tag does not say is undefined, which is as good as absent.
    const config = { tenantId, urlId, locale } as Config;
    const start = (): void =>
      void FastCommentsCollabChat(target ? document.querySelector(target) : document.body, config);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
    else start();
  }
}

Object.assign(window, { FastCommentsCollabChat, CollabChat: FastCommentsCollabChat });

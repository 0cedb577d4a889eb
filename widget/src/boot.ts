// The <script> tag's loader: defines the globals, and starts by itself when the tag says for whom.
//
//   <script src="https://chat.example/js/embed-collab-chat.min.js" data-tenant-id="demo" data-target="article" async></script>
import { FastCommentsCollabChat, setScriptOrigin, type Config } from "./index";

const script = document.currentScript;

if (script instanceof HTMLScriptElement) {
  setScriptOrigin(new URL(script.src, location.href).origin);
  const { tenantId, target, urlId, locale } = script.dataset;
  if (tenantId) {
    const config: Config = { tenantId, ...(urlId && { urlId }), ...(locale && { locale }) };
    const start = (): void => {
      const element = target ? document.querySelector(target) : document.body;
      if (!element) throw new Error(`collabchat: data-target="${target}" matches nothing on this page.`);
      FastCommentsCollabChat(element, config);
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
    else start();
  }
}

Object.assign(window, { FastCommentsCollabChat, CollabChat: FastCommentsCollabChat });

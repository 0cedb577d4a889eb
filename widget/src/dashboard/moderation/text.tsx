// A comment as readers see it, made of nodes of the server's markup; where a link leads stands beside it.
import type { ComponentChildren } from "preact";
import { createElement } from "preact";
import { useMemo } from "preact/hooks";
import { parseMarkup, type Markup } from "../../core/markup";

export function Text({ html }: { readonly html: string }) {
  const tree = useMemo(() => parseMarkup(html), [html]);
  return <div class="judge-text">{tree.map(draw)}</div>;
}

function draw(node: Markup): ComponentChildren {
  if (typeof node === "string") return node;
  const { tag, props, children } = node;
  const drawn = createElement(tag, props, ...children.map(draw));
  const { href } = props;
  // The words of a link may say that it leads elsewhere.
  if (href === undefined || children.join("") === href) return drawn;
  return (
    <>
      {drawn} <span class="judge-target">{href}</span>
    </>
  );
}

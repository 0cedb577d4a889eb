// Brings a node's children in line with their descriptions, touching only what differs.
//
// A node is used again for the same key, or, without one, for the same tag and class in the same turn: elements keep
// focus, scroll position and identity while others come and go around them.
import type { Content, Description } from "./jsx-runtime";

/** A node of ours, and what it was made from. */
interface Made extends ChildNode {
  madeName?: string;
  madeProps?: Description["props"];
}

export function render(content: Content, parent: Node): void {
  const old = new Map<string | undefined, Made>();
  for (const node of parent.childNodes as NodeListOf<Made>) old.set(node.madeName, node);

  const turns = new Map<string, number>();
  const wanted = [content]
    .flat(20 as 1)
    .filter((part) => part !== undefined && part !== null && typeof part !== "boolean") as (
    Description | string | number
  )[];
  const nodes = wanted.map((part) => {
    const text: Description = { tag: "#", props: { nodeValue: `${part as string}` }, children: [] };
    const { tag, key, props, children } = typeof part === "object" ? part : text;
    const kind = `${tag} ${key ?? `.${props["class"]}`}`;
    const turn = (turns.get(kind) ?? 0) + 1;
    turns.set(kind, turn);
    const name = `${kind} ${turn}`;
    const node: Made = old.get(name) ?? create(tag);
    old.delete(name);
    update(node as unknown as Element, node.madeProps, props);
    render(children, node);
    node.madeName = name;
    node.madeProps = props;
    return node;
  });

  for (const node of old.values()) node.remove();
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

function create(tag: string): ChildNode {
  if (tag === "#") return document.createTextNode("");
  const space = /^(svg|path)$/.test(tag) ? "2000/svg" : "1999/xhtml";
  return document.createElementNS("http://www.w3.org/" + space, tag);
}

function update(element: Element, before: Description["props"] = {}, props: Description["props"]): void {
  for (const name of Object.keys({ ...before, ...props })) {
    const value = props[name];
    if (/alue$/.test(name)) {
      // A text's, or a field's: what the reader types is there before it is in the state.
      if (element[name as "id"] !== value) element[name as "id"] = value as string;
    } else if (before[name] !== value) {
      // The page's style-src forbids styles as attributes.
      if (/^(on|style)/.test(name)) Object.assign(element, { [name.toLowerCase()]: value });
      else if (value === undefined || value === null || (value === false && !name.startsWith("aria")))
        element.removeAttribute(name);
      else element.setAttribute(name, value === true && !name.startsWith("aria") ? "" : `${value}`);
    }
  }
}

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

const nothing: Description["props"] = {};

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
    const {
      tag = "#",
      key,
      props = nothing,
      children,
    } = typeof part === "object" ? part : ({} as Partial<Description>);
    const kind = `${tag} ${key ?? props["class"]} ${key === undefined}`;
    const turn = (turns.get(kind) ?? 0) + 1;
    turns.set(kind, turn);
    const name = `${kind} ${turn}`;
    const node: Made = old.get(name) ?? create(tag);
    old.delete(name);
    if (typeof part !== "object") {
      if (node.nodeValue !== `${part}`) node.nodeValue = `${part}`;
    } else {
      update(node as unknown as Element, node.madeProps ?? nothing, props);
      render(children, node);
    }
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
  const space = /^(svg|path)$/.test(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  return document.createElementNS(space, tag);
}

function update(element: Element, before: Description["props"], props: Description["props"]): void {
  for (const name of Object.keys({ ...before, ...props })) {
    const value = props[name];
    if (name === "value") {
      // What the reader types is in the field before it is in the state.
      if ((element as HTMLTextAreaElement).value !== value) (element as HTMLTextAreaElement).value = value as string;
    } else if (before[name] !== value) {
      if (name.startsWith("on")) Object.assign(element, { [name.toLowerCase()]: value });
      else if (value === undefined || value === null || (value === false && !name.startsWith("aria")))
        element.removeAttribute(name);
      else element.setAttribute(name, value === true && !name.startsWith("aria") ? "" : `${value}`);
    }
  }
}

// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { jsx, type Content } from "../src/view/dom/jsx-runtime";
import { render } from "../src/view/dom/render";

let root: HTMLElement;
const li = (key: string, text = key) => jsx("li", { children: text }, key);
const show = (...content: Content[]) => render(content, root);

beforeEach(() => {
  root = document.createElement("ul");
  document.body.replaceChildren(root);
});

describe("rendering", () => {
  test("keeps an element for its key when others come, go and change places", () => {
    show(li("a"), li("b"), li("c"));
    const [a, , c] = root.children;
    show(li("c"), li("new"), li("a", "A"));
    expect(root.textContent).toBe("cnewA");
    expect(root.children[0]).toBe(c);
    expect(root.children[2]).toBe(a);
  });
  test("keeps an element without a key when another kind appears before it", () => {
    show(jsx("div", { class: "scroll" }));
    const scroll = root.firstChild;
    show(jsx("div", { class: "notice" }), jsx("div", { class: "scroll" }));
    expect(root.children[1]).toBe(scroll);
  });
  test("touches nothing when nothing has changed", () => {
    const content = () => jsx("p", { class: "x", "data-n": 1, children: ["one ", li("k"), 2, false, null, undefined] });
    show(content());
    const seen = new MutationObserver(() => undefined);
    seen.observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
    show(content());
    expect(seen.takeRecords()).toEqual([]);
    expect(root.textContent).toBe("one k2");
  });
  test("writes true and false as HTML and ARIA want them", () => {
    show(jsx("button", { disabled: true, hidden: false, "aria-expanded": false, title: undefined }));
    const button = root.firstElementChild;
    expect(button?.outerHTML).toBe('<button disabled="" aria-expanded="false"></button>');
    show(jsx("button", { "aria-expanded": true }));
    expect(root.firstElementChild).toBe(button);
    expect(button?.outerHTML).toBe('<button aria-expanded="true"></button>');
  });
  test("replaces a listener, and takes it away", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    show(jsx("button", { onClick: first }));
    show(jsx("button", { onClick: second }));
    const button = root.firstElementChild as HTMLElement;
    button.click();
    show(jsx("button", {}));
    button.click();
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
  });
  test("leaves what is being typed alone, and empties the field when told to", () => {
    show(jsx("textarea", { value: "" }));
    const field = root.firstElementChild as HTMLTextAreaElement;
    field.value = "typed";
    show(jsx("textarea", { value: "typed" }));
    expect(field.value).toBe("typed");
    show(jsx("textarea", { value: "" }));
    expect(field.value).toBe("");
  });
  test("makes SVG, and text never becomes markup", () => {
    show(jsx("svg", { children: jsx("path", { d: "M0 0" }) }), "<b>not bold</b>");
    expect(root.querySelector("path")).toBeInstanceOf(SVGElement);
    expect(root.querySelector("b")).toBeNull();
  });
});

// What JSX compiles to in the view: plain descriptions of elements, which render.ts turns into nodes.
//
// Preact would cost 4.9 KB of the widget's 25 (gzip). The view is made of functions from state to elements, without
// components or hooks, so that all it needs is this and a small keyed render. Types of attributes are Preact's.
import type { JSX as PreactJsx } from "preact";

export interface Description {
  readonly tag: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly children: Content;
  readonly key?: string | undefined;
}

/** What may stand between tags; `null`, `undefined` and booleans show nothing. */
export type Content = Description | string | number | boolean | null | undefined | readonly Content[];

export function jsx(
  tag: string,
  { children, ...props }: Description["props"] & { readonly children?: Content },
  key?: string,
): Content {
  return { tag, props, children, key };
}

export { jsx as jsxs };

// eslint-disable-next-line @typescript-eslint/no-namespace -- TypeScript looks for JSX's types in a namespace.
export namespace JSX {
  export type Element = Content;
  export type IntrinsicElements = PreactJsx.IntrinsicElements;
  export interface ElementChildrenAttribute {
    children: unknown;
  }
}

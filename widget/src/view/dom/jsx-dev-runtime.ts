// The same for tools that compile for development, such as vitest.
export { jsx as jsxDEV, type JSX } from "./jsx-runtime";

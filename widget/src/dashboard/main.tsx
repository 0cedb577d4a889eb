// Starts the dashboard. The secret of a sign-in link leaves the address before anything else is done.
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import { App } from "./app";
import { readFragment } from "./router";

const { link, error } = readFragment(location.hash);
if (link !== undefined || error !== undefined) history.replaceState(null, "", location.pathname + location.search);
// A link that is opened where the dashboard is open already changes nothing but the fragment.
addEventListener("hashchange", () => readFragment(location.hash).link && location.reload());
const place = document.getElementById("dashboard");
if (place) render(<App link={link} error={error} />, place);

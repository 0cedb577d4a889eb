#!/bin/sh
# Prints the path of a Chromium to test with: the system's, else Debian's package, else Playwright's own download.
set -eu
find_it() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if find_it; then exit 0; fi
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium >&2 || true
  if find_it; then exit 0; fi
fi
"$PLAYWRIGHT" install chromium >&2
"$(dirname "$PLAYWRIGHT")/python" -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as p: print(p.chromium.executable_path)'

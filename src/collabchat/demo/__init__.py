"""The demo site: static pages with real texts, served at `/demo` by `collabchat demo`.

`site/` holds finished files, no build step: `index.html` at `/demo`, the other pages at `/demo/<name>` without
`.html`, and `demo.css`, `demo.js`, `icon.svg` beside them. They load nothing from elsewhere and have no inline
script or style, so that `script-src 'self'; style-src 'self'` holds. The pages expect a tenant `demo` and the
widget at `/js/embed-collab-chat.min.js`. Where each text comes from is said at the foot of its page.
"""

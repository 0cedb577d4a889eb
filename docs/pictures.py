"""Takes the pictures of docs/pictures from a real server in real Chromium: `make docs`."""

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.e2e.reader import Reader
from tests.e2e.staff import Staff
from tests.faults.nursery import Nursery, QuickSite
from tests.running import Site, run_here

FOLDER = Path(__file__).parent / "pictures"
WIDE = {"viewport": {"width": 1200, "height": 760}}
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
WORDS = "inherent dignity"

FRAMES = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 36px; background: #e9edeb; display: grid; gap: 28px; width: 1840px; grid-template-columns: 1fr 1fr }
figure { margin: 0; border-radius: 12px; overflow: hidden; background: #fff; box-shadow: 0 1px 3px #0003, 0 16px 40px -12px #0004 }
figcaption { padding: 10px 16px; background: #f5f7f5; border-bottom: 1px solid #dde2df; font: 600 15px sans-serif; color: #4c5853 }
img { display: block; width: 100%% }
</style><figure><figcaption>Orla</figcaption><img src="data:image/png;base64,%s"></figure>
<figure><figcaption>Tadas</figcaption><img src="data:image/png;base64,%s"></figure>"""


def settle(page: Page) -> None:
    """Let transitions end, so that two runs give the same picture."""
    page.evaluate("() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => 0)))")
    page.wait_for_timeout(400)


def keep(page: Page, name: str) -> None:
    """Take one picture."""
    settle(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def two_browsers(browser: Browser, site: Site) -> None:
    """A discussion begun in one browser stands in the other; the picture of the README."""
    orla, tadas = (Reader(browser, site.base, name, **WIDE).open() for name in ("Orla Venn", "Tadas Brim"))
    orla.discuss(WORDS, "“Inherent” answers who grants it: nobody does. Is that the point?")
    tadas.expect_highlighted(WORDS)
    tadas.click_words(WORDS)
    tadas.write("That is the point, and why it comes *before* the rights.")
    orla.comments.nth(1).wait_for()
    tadas.composer.fill("I would add a footnote: the French text says so, too.")
    for person in (orla, tadas):
        person.page.evaluate("() => document.activeElement.blur()")
        settle(person.page)
    shots = [base64.b64encode(person.page.screenshot()).decode() for person in (orla, tadas)]
    frame = browser.new_page(viewport={"width": 1912, "height": 700})
    frame.set_content(FRAMES % tuple(shots))
    frame.screenshot(path=FOLDER / "two-browsers.png", full_page=True)
    print("docs/pictures/two-browsers.png")

    tadas.page.keyboard.press("Escape")
    tadas.page.keyboard.press("Escape")
    tadas.select("life, liberty and the security of person")
    tadas.prompt.wait_for()
    keep(tadas.page, "prompt")
    tadas.page.evaluate("() => getSelection().removeAllRanges()")
    tadas.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    tadas.panel.wait_for()
    keep(tadas.page, "list")


def states(browser: Browser, site: Site) -> None:
    """A failed comment, writing without a line, dark, Ukrainian, a phone."""
    ana = Reader(browser, site.base, "Ilse Marrow", **WIDE).open()
    ana.page.route(
        "**/comment-collab-chats/demo*",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    ana.select("equal and inalienable rights")
    ana.prompt.click()
    ana.write("Does “equal” say more than “inalienable” here?")
    ana.comments.locator("[data-state=failed]").or_(
        ana.page.locator(".collab-chat-comment[data-state=failed]")
    ).wait_for()
    keep(ana.page, "failed")

    rowan = Reader(browser, site.base, "Rowan Ash", **WIDE).open(urlid="offline")
    rowan.discuss("the foundation of freedom", "Is dignity the foundation, or its recognition?")
    rowan.context.set_offline(True)
    rowan.page.locator(".collab-chat-status[data-state=offline]").wait_for()
    rowan.write("On the train. I read “recognition … is the foundation”.")
    rowan.comments.nth(1).wait_for()
    keep(rowan.page, "offline")

    dark = Reader(browser, site.base, "Pavlo Tyshko", **WIDE).open("/demo/dark")
    dark.discuss("The subject of this Essay", "Liberty of *will* and civil liberty: why does he part them so early?")
    keep(dark.page, "dark")

    olena = Reader(browser, site.base, "Олена Коваль", locale="uk-UA", **WIDE).open("/demo/udhr-uk")
    olena.discuss("наділені розумом і совістю", "Чи совість дана нам, чи вихована?")
    keep(olena.page, "ukrainian")

    phone = Reader(browser, site.base, "Neva Quill", **PHONE).open()
    phone.expect_highlighted(WORDS)
    phone.click_words(WORDS)
    phone.comments.nth(1).wait_for()
    keep(phone.page, "phone-reading")
    phone.composer.click()
    phone.composer.fill("Agreed. I’ll draft the footnote today.")
    keep(phone.page, "phone-writing")


def dashboard(browser: Browser, site: QuickSite) -> None:
    """A month of generated traffic, people on a page now, and comments that wait."""
    assert site.stop() == 0
    made = [sys.executable, "-m", "tests.traffic", "--data-dir", str(site.data_dir)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    rules = run_here("tenant", "update", "demo", "--approval", "guests", data_dir=site.data_dir)
    assert rules.returncode == 0, rules.stderr
    site.start()
    readers = [Reader(browser, site.base, name, **WIDE).open() for name in ("Orla Venn", "Tadas Brim", "Pavlo Tyshko")]
    for reader, words, text in zip(
        readers,
        ("inherent dignity", "the foundation of freedom", "rule of law"),
        (
            "“Inherent” answers who grants it: nobody does.",
            "Amazing text!! My cousin earns 400 a day, see https://offers.example",
            "Is there a law here that is not a rule?",
        ),
        strict=True,
    ):
        reader.discuss(words, text)
    staff = Staff(browser, site, viewport={"width": 1280, "height": 860}, device_scale_factor=1.5).open("overview")
    staff.page.locator("canvas").first.wait_for()
    for figure in ("People viewing now", "Connections"):
        expect(staff.figure(figure)).not_to_have_text("0")
    keep(staff.page, "overview")
    staff.open("moderation").page.locator(".judge-verbs").wait_for()
    keep(staff.page, "moderation")


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=["--no-sandbox"])
        site = Site(Path(folder) / "read")
        two_browsers(browser, site)
        states(browser, site)
        site.stop()
        nursery = Nursery()
        dashboard(browser, QuickSite(nursery, Path(folder) / "run"))
        browser.close()
        nursery.close()


if __name__ == "__main__":
    main()

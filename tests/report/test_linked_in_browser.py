"""Linked figures in a real browser, under a policy without eval: picked, filtered, clicked, pointed at."""

from __future__ import annotations

import pytest

from laionet.report import theme
from laionet.report.embed import content_security_policy, json_for_html, vega_bundle
from laionet.report.paper import FIGURES
from report.reports import report

pytestmark = pytest.mark.slow

CHROME = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

SCRIPT = """
"use strict";
window.views = {};
window.clicked = [];
const specs = JSON.parse(document.getElementById("specs").textContent);
(async () => {
  for (const [key, spec] of Object.entries(specs)) {
    const place = document.createElement("div");
    place.id = key;
    document.body.append(place);
    const options = { ast: true, actions: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };
    const { view } = await vegaEmbed(place, spec, { ...options, defaultStyle: false });
    view.addEventListener("click", (event, item) => window.clicked.push([key, item?.datum?.wnid ?? ""]));
    window.views[key] = view;
  }
  document.body.dataset.ready = "1";
})();
"""

SET = """async ([picked, within]) => {
  for (const view of Object.values(window.views)) {
    await view.signal("picked", picked).signal("within", within).runAsync();
  }
}"""

NAME = 'a"+kind<b>\\'

#: A report of few classes, one of many; the first class has a name that would break text that is code.
FEW, MANY = 4, 64


def hostile(n):
    document = report(n)
    for rows in (document["rows"], document["run"]["frequencies"], document["pair"]["similarity"][0]["classes"]):
        rows[0]["name"] = NAME
    document["datasets"][0]["title"] = NAME
    return document


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    """The linked figures of both reports, with what the page logged and asked for."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    specs = {f"{one.key}-{n}": one.make(hostile(n)) for n in (FEW, MANY) for one in FIGURES}
    linked = {key: spec for key, spec in specs.items() if "within" in [p["name"] for p in spec.get("params", [])]}
    policy = content_security_policy([vega_bundle(), SCRIPT], [])
    path = tmp_path_factory.mktemp("linked") / "page.html"
    path.write_text(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<body><script id="specs" type="application/json">{json_for_html(linked)}</script>'
        f"<script>{vega_bundle()}</script><script>{SCRIPT}</script></body>",
        encoding="utf-8",
        newline="",
    )
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        found = running.new_page(viewport={"width": 1300, "height": 900})
        found.logged, found.asked = [], []
        found.on("console", lambda message: found.logged.append(message.text))
        found.on("pageerror", lambda error: found.logged.append(str(error)))
        found.on("request", lambda request: found.asked.append(request.url))
        found.goto(path.as_uri())
        found.wait_for_selector("body[data-ready]", timeout=60_000)
        found.keys = list(linked)
        yield found
        running.close()


def set_state(page, picked="", within=None):
    page.evaluate(SET, [picked, None if within is None else dict.fromkeys(within, 1)])


def rings(page, key):
    return page.locator(
        f"#{key} svg .mark-symbol.role-mark path[stroke='{theme.CHOSEN}'][fill='transparent']"
    ).count()


def tooltip(page):
    page.wait_for_selector("#vg-tooltip-element.visible")
    cells = page.locator("#vg-tooltip-element td").all_inner_texts()
    return dict(zip(cells[::2], cells[1::2], strict=True))


def test_every_linked_figure_follows_picks_and_filters_without_a_word_or_a_request(page):
    assert len(page.keys) == 24
    set_state(page, "c1")
    for key in page.keys:
        assert "kind 1" in page.locator(f"#{key} svg").text_content(), key
    set_state(page, "c1", ["c0", "c3"])
    for key in page.keys:
        assert "kind 1" in page.locator(f"#{key} svg").text_content(), key
    rows = page.locator(f"#similarity-classes-{FEW} svg").text_content()
    assert "kind 3" in rows
    assert "kind 2" not in rows
    set_state(page)
    assert "kind 2" in page.locator(f"#similarity-classes-{FEW} svg").text_content()
    assert page.logged == []
    assert len(page.asked) == 1


@pytest.mark.parametrize("key", [f"frequencies-{MANY}", f"similarity-classes-{MANY}", f"validity-{FEW}"])
def test_a_ring_comes_and_goes(page, key):
    set_state(page)
    assert rings(page, key) == 0
    set_state(page, "c2")
    assert rings(page, key) == 1
    set_state(page, "no such class")
    assert rings(page, key) == 0
    assert page.logged == []


def test_a_click_says_which_class_it_was(page):
    set_state(page)
    page.evaluate("window.clicked.length = 0")
    page.locator(f"#similarity-classes-{FEW} svg .mark-text text", has_text="kind 2").click()
    many = page.locator(f"#similarity-classes-{MANY} svg .mark-rect path")
    assert many.count() == MANY
    many.nth(40).click()
    page.locator(f"#recall-gaps-{FEW} svg .mark-rect path").first.click()
    assert page.evaluate("window.clicked") == [
        [f"similarity-classes-{FEW}", "c2"],
        [f"similarity-classes-{MANY}", "c40"],
        [f"recall-gaps-{FEW}", ""],
    ]


def test_pointing_shows_the_class_its_images_and_its_interval_as_text(page):
    set_state(page)
    page.locator(f"#similarity-classes-{FEW} svg .mark-symbol path").first.hover()
    seen = tooltip(page)
    assert seen["class"] == NAME
    assert seen["difference"] == "\u22120.200 (\u22120.250 to \u22120.160)"
    assert seen["q"] == "0.50"
    assert seen["images, by sight"] == "50"
    assert "10" in seen.values()
    page.locator(f"#recall-gaps-{FEW} svg .mark-rect path").first.hover()
    assert tooltip(page) == {"gap, points": "\u221275 to \u221250", "classes": "1"}
    page.locator(f"#accuracy-{FEW} svg .mark-symbol path").first.hover()
    seen = tooltip(page)
    assert seen["model"] == "vit"
    assert seen["accuracy on by sight"] == "80.0% (78.0% to 82.0%)"
    assert page.locator("#vg-tooltip-element b").count() == 0
    assert page.logged == []

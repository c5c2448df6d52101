"""The page in a real browser: drawn under its own policy, with no request and no hostile script."""

from __future__ import annotations

import pytest

from report.test_page import FOUND_BY, FUNNEL, HOSTILE, LEMMAS, page_of

pytestmark = pytest.mark.slow

CHROME = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

#: How many rules stand at the pointer: grey lines as high as a panel.
RULES = """[...document.querySelectorAll("#figure .live .mark-rule line")].filter(
    (line) => line.getAttribute("stroke") === "var(--muted)" && line.getBoundingClientRect().height > 150
).length"""


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(realistic, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    hostile = {
        "encoder": HOSTILE,
        "title": HOSTILE,
        "lemmas": [dict(row, lemma=HOSTILE, class_name=HOSTILE) for row in LEMMAS],
        "found_by": {**FOUND_BY, HOSTILE: 3},
        "funnel": [{**FUNNEL[0], "name": HOSTILE, "dropped": {HOSTILE: 1}}],
    }
    for name, changes in (("plain", {}), ("hostile", hostile)):
        (folder / f"{name}.html").write_text(page_of(realistic, **changes), encoding="utf-8")
    return folder


@pytest.fixture
def visit(browser, pages):
    """Open a page; returns it with what it logged and what it asked for."""
    contexts = []

    def opened(name: str, width: int = 1100, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page, logged, asked = context.new_page(), [], []
        page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((pages / f"{name}.html").as_uri())
        if settings.get("java_script_enabled", True):
            page.wait_for_selector("#figure .live svg .mark-line path", state="attached", timeout=30_000)
        return page, logged, asked

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_the_figure_is_drawn_without_a_word_in_the_console(visit, name):
    page, logged, asked = visit(name)
    assert logged == []
    assert [address.rsplit("/", 1)[-1] for address in asked] == [f"{name}.html"]
    assert page.locator("#figure .live svg").count() == 1
    assert page.locator("#figure .live").inner_text().count("chosen 0.50") == 3
    assert page.evaluate("typeof window.hacked") == "undefined"


def test_the_policy_is_in_force(visit):
    page, logged, _ = visit("plain")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("typeof window.ran") == "undefined"
    assert any("Content Security Policy" in line for line in logged)


def test_pointing_shows_the_same_threshold_in_all_panels_with_its_numbers(visit, realistic):
    page, logged, _ = visit("plain")
    assert page.evaluate(RULES) == 0
    box = page.locator("#figure .live svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6)
    page.wait_for_selector("#vg-tooltip-element.visible")
    cells = page.locator("#vg-tooltip-element td").all_inner_texts()
    seen = dict(zip(cells[::2], cells[1::2], strict=True))
    at = abs(realistic.thresholds - float(seen["threshold"])).argmin()
    assert seen["captions kept"] == f"{realistic.samples[at]:,}"
    assert seen["classes"] == f"{realistic.classes[at]:,}"
    assert seen["candidates above"] == f"{realistic.candidates[at]:,}"
    assert seen["share of classes"] == f"{realistic.classes[at] / 10:.1f}%"
    assert page.evaluate(RULES) == 3
    assert logged == []


@pytest.mark.parametrize(("width", "rows"), [(1100, 1), (820, 1), (420, 3), (340, 3)])
def test_panels_stand_side_by_side_or_stacked_and_nothing_overflows(visit, width, rows):
    page, _, _ = visit("plain", width)
    titles = page.locator("#figure .live .role-title-text text")
    tops = {round(titles.nth(k).bounding_box()["y"]) for k in range(titles.count())}
    assert titles.count() == 3
    assert len(tops) == rows
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_figure_follows_the_window(visit):
    page, logged, _ = visit("plain", 1100)
    page.set_viewport_size({"width": 420, "height": 900})
    titles = page.locator("#figure .live .role-title-text text")
    # Not wait_for_function: it evaluates strings in the page, which the page's policy forbids.
    for _ in range(100):
        if titles.count() == 3 and titles.nth(2).bounding_box()["y"] > titles.nth(0).bounding_box()["y"] + 200:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the panels are still side by side")
    assert page.locator("#figure .live").count() == 1
    assert logged == []


def test_dark_is_dark_and_light_is_light(visit):
    for scheme, paper in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(21, 24, 28)")):
        page, _, _ = visit("plain", color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        ink = page.evaluate("getComputedStyle(document.querySelector('#figure .live .role-title-text text')).fill")
        assert ink == page.evaluate("getComputedStyle(document.body).color")


def test_paper_gets_the_light_still_figure(visit):
    page, _, _ = visit("plain", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("#figure .still").is_visible()
    assert not page.locator("#figure .live").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(34, 34, 34)"


def test_without_scripts_the_still_figure_is_seen(visit):
    page, _, _ = visit("plain", java_script_enabled=False)
    assert page.locator("#figure .still svg").is_visible()
    assert "chosen 0.50" in page.locator("#figure").inner_text()

"""The report in a real browser: quiet and alone; figures answer to pointer, class and part of WordNet."""

from __future__ import annotations

import pytest

from laionet.report.telling.page import report_page
from report.albums import small_album
from report.test_comparison import HOSTILE
from report.test_page_in_browser import CHROME
from report.told import report_of

pytestmark = pytest.mark.slow

NAMES = ["tench", "crane", "drum", "tiger", "zebra", "nail"]
DRAWN = "figure[data-key='{}'] .live svg"


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    hostile = report_of(4, names=["crane", "drum", "tiger", "nail"], titles=(HOSTILE, "x" * 200))
    for row in (*hostile["rows"], *hostile["run"]["frequencies"]):
        row["name"] = HOSTILE if row["wnid"].endswith("1") else "\u202ereversed " * 40
    hostile["classes"] = [[wnid, HOSTILE + "y" * 1_000_000] for wnid, _ in hostile["classes"]]
    hostile["notes"] = [HOSTILE * 50]
    for name, document, album in (
        ("plain", report_of(6, names=NAMES), None),
        ("pictures", report_of(4, names=["ant", "bee", "cat", "dog"]), small_album()),
        ("hostile", hostile, small_album((HOSTILE, "\u202ebee", "c" * 500, "dog"))),
    ):
        (out / f"{name}.html").write_text(report_page(document, album), encoding="utf-8")
    return out


@pytest.fixture
def visit(browser, folder):
    contexts = []

    def opened(name="plain", width=1100, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page, logged, asked = context.new_page(), [], []
        page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / f"{name}.html").as_uri())
        return page, logged, asked

    yield opened
    for context in contexts:
        context.close()


def drawn(page, key):
    """Scroll to a figure and wait until it is drawn."""
    page.locator(f"#figure-{key}").scroll_into_view_if_needed()
    page.wait_for_selector(DRAWN.format(key), timeout=30_000)
    return page.locator(DRAWN.format(key))


def chosen(page, key):
    """Marks of the chosen class in a figure: those in its colour that are seen."""
    return page.evaluate(
        """(key) => {
            const marks = `figure[data-key='${key}'] .live svg :is(path, line, rect, text)`;
            const colours = (mark) => [mark.getAttribute("stroke"), mark.getAttribute("fill")];
            return [...document.querySelectorAll(marks)].filter(
                (mark) => colours(mark).includes("var(--chosen)")
            ).length;
        }""",
        key,
    )


@pytest.mark.parametrize("name", ["plain", "pictures", "hostile"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_quiet_alone_and_fits(visit, name, width):
    page, logged, asked = visit(name, width)
    for key in page.evaluate("[...document.querySelectorAll('figure[data-key]')].map((one) => one.dataset.key)"):
        drawn(page, key)
    for summary in page.locator("summary").all():
        summary.click()
    assert logged == []
    assert [address for address in asked if not address.startswith("data:")] == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("typeof window.hacked") == "undefined"


def test_only_figures_near_the_window_are_drawn_at_first(visit):
    page, _, _ = visit()
    page.wait_for_timeout(300)
    assert page.locator("figure[data-key] .live").count() < page.locator("figure[data-key]").count()


def test_a_class_chosen_by_name_is_marked_in_all_figures_and_told(visit):
    page, logged, _ = visit()
    keys = ("frequencies", "similarity-classes", "recall-disparity")
    for key in keys:
        drawn(page, key)
    before = {key: chosen(page, key) for key in keys}
    page.locator("#class-input").fill("drum")
    page.wait_for_timeout(400)
    assert all(chosen(page, key) > before[key] for key in keys)
    card = page.locator("#class-card").inner_text()
    assert "drum" in card
    assert "similarity within the class" in card
    assert page.locator("#class-card tr").count() >= 3
    page.locator("#class-clear").click()
    page.wait_for_timeout(400)
    assert {key: chosen(page, key) for key in keys} == before
    assert page.locator("#class-card").inner_text() == ""
    assert logged == []


def test_a_class_chosen_in_one_figure_is_marked_in_another(visit):
    page, _, _ = visit()
    other = "similarity-classes"
    drawn(page, other)
    before = chosen(page, other)
    svg = drawn(page, "frequencies")
    box = svg.locator(".mark-symbol path").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(400)
    assert page.locator("#class-input").input_value() in NAMES
    assert chosen(page, other) > before


def test_pointing_at_a_class_tells_its_name_number_and_interval(visit):
    page, _, _ = visit()
    svg = drawn(page, "similarity-classes")
    box = svg.locator(".mark-symbol path").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#vg-tooltip-element.visible")
    words = page.locator("#vg-tooltip-element").inner_text()
    assert any(name in words for name in NAMES)
    assert "30" in words
    assert " to " in words


def test_a_part_of_wordnet_keeps_its_classes_alone(visit):
    page, _, _ = visit()
    svg = drawn(page, "frequencies")
    marks = svg.locator(".mark-symbol path")
    assert marks.count() == len(NAMES)
    page.locator("#subtree").select_option(label="animal (3 classes)")
    page.wait_for_timeout(400)
    assert marks.count() == 3
    assert "3 of 6 classes" in page.locator("#class-card").inner_text()
    page.locator("#class-clear").click()
    page.wait_for_timeout(400)
    assert marks.count() == len(NAMES)


def test_the_bar_works_by_keyboard_alone(visit):
    page, _, _ = visit()
    page.locator("#class-input").focus()
    page.keyboard.type("zebra")
    page.wait_for_timeout(200)
    assert "zebra" in page.locator("#class-card").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#class-card").inner_text() == ""


def test_a_class_chosen_above_is_shown_in_pictures(visit):
    page, logged, _ = visit("pictures")
    page.locator("#class-input").fill("cat")
    page.wait_for_timeout(300)
    assert "cat" in page.locator(".pictures-place").inner_text()
    assert page.locator(".pictures-place img").count() > 0
    assert logged == []


def test_dark_is_dark_and_paper_gets_still_figures(visit):
    page, _, _ = visit(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 28)"
    drawn(page, "frequencies")
    page.emulate_media(media="print")
    assert page.locator("#figure-frequencies .still").is_visible()
    assert not page.locator("#figure-frequencies .live").is_visible()
    assert not page.locator(".classbar").is_visible()


def test_without_scripts_the_report_is_whole(visit):
    page, _, _ = visit(java_script_enabled=False)
    assert page.locator("#figure-frequencies .still svg").is_visible()
    assert not page.locator(".classbar").is_visible()
    assert page.locator("h2").count() > 8

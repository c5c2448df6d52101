"""The pages of a comparison in a real browser: quiet, alone, and no wider than the window."""

from __future__ import annotations

import pytest

from laionet.flow.comparing.page import pages
from report.test_comparison import HOSTILE, comparison_of
from report.test_comparison_pages import written
from report.test_page_in_browser import CHROME

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("comparison")
    (out / "pairs").mkdir()
    long = comparison_of(70, titles=("x" * 80, HOSTILE), per=5)
    short = comparison_of(3, per=8)
    for name, page in pages(written(["a", "b", "c"], [long, short]), ["long", "short"]).items():
        (out / name).write_text(page, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        yield running
        running.close()


@pytest.mark.parametrize("name", ["index.html", "pairs/long.html", "pairs/short.html"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_quiet_alone_and_fits(browser, folder, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    logged, asked = [], []
    page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / name).as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert logged == []
    assert [address for address in asked if not address.startswith("data:")] == [(folder / name).as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("details:not([open])").count() == 0
    page.close()


def test_the_index_leads_to_a_pair_and_back(browser, folder):
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.locator("tbody a").nth(1).click()
    assert page.url.endswith("pairs/short.html")
    page.get_by_text("All pairs").click()
    assert page.url.endswith("index.html")
    page.close()

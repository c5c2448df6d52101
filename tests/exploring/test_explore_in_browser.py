"""The page in a real browser, under its own policy: it shows what the run has, and hostile text runs nothing."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from exploring.runs import drawn_run, make_run, rows_of
from laionet.exploring import Explorer, serve
from laionet.exploring.parameters import Samples

pytestmark = pytest.mark.slow

CHROME = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
HOSTILE = (
    "<img src=x onerror=window.hacked=1> {{7*7}} ${hacked} \u202e \0 </td></table><script>hacked=1</script> dog"
)


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        yield running
        running.close()


def served(folder):
    """An explorer and the address of its page; the thread ends with the tests."""
    explorer, ready = Explorer(folder), threading.Event()
    found = SimpleNamespace(explorer=explorer, address="")

    def listening(address):
        found.address = address
        ready.set()

    threading.Thread(target=serve, args=(explorer, 0, listening), daemon=True).start()
    assert ready.wait(30)
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return served(drawn_run(tmp_path_factory.mktemp("plain"), shards=2))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    row = {**rows_of(1)[0], "file": HOSTILE, "wnid": "n02", "lemmas": ["dog"], "n_classes": 1, "punsafe": 0.1}
    captions = [
        HOSTILE,
        "dog" + "W" * 1_000_000,
        "\u0645\u0631\u062d\u0628\u0627 dog " * 20,
        "\u202e" * 50 + "dog",
        "a dog",
    ]
    row |= {"nsfw": "UNLIKELY", "url": "javascript:hacked=1"}
    rows = [row | {"row": at, "caption": text, "similarity": 0.9 - at / 100} for at, text in enumerate(captions)]
    rows[-1] |= {"nsfw": "NSFW", "url": "https://example.com/a.jpg"}
    return served(make_run(tmp_path_factory.mktemp("hostile"), [rows]))


@pytest.fixture
def visit(browser):
    """Open a page of a server; returns it with what it logged and whom it asked."""
    contexts = []

    def opened(of, fragment="", width=1200, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page, logged, asked = context.new_page(), [], []
        page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{of.address}{fragment}")
        page.locator("#counted", has_text="samples of").wait_for(timeout=30_000)
        return page, logged, asked

    yield opened
    for context in contexts:
        context.close()


def counted(explorer, threshold):
    told = explorer.counts(threshold)
    return f"{told['samples']} samples of {told['classes']} classes; {told['above']} of {told['rows']} above"


def test_the_slider_moves_counts_classes_and_captions(visit, plain):
    page, logged, _ = visit(plain, "#class=n02")
    page.locator("#counted", has_text=counted(plain.explorer, 0.5)).wait_for()
    page.locator("#captions li").first.wait_for()
    page.locator("#slider").focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    page.locator("#counted", has_text=counted(plain.explorer, 0.7)).wait_for()
    assert page.locator("#field").input_value() == "0.7"
    told = plain.explorer.one_class("n02", 0.7)
    page.locator("#fate", has_text=f"At 0.70, {told['kept']} of {told['found']} candidates").wait_for()
    cells = page.locator("#rows tr[data-wnid=n02] td").all_inner_texts()
    assert cells[:2] == [str(told["kept"]), str(told["found"])]
    expected = plain.explorer.samples(Samples("n02", 0.7))["rows"]
    page.locator("#total", has_text="above 0.70").wait_for()
    found = page.locator("#captions .similarity").all_inner_texts()
    assert found == [f"{row['similarity']:.4f}" for row in expected]
    page.locator("#chosen").click()
    page.locator("#counted", has_text=counted(plain.explorer, 0.5)).wait_for()
    assert logged == []


def test_the_number_field_and_the_curve_set_the_threshold(visit, plain):
    page, logged, _ = visit(plain)
    page.locator("#field").fill("0.3333")
    page.locator("#counted", has_text=counted(plain.explorer, 0.3333)).wait_for()
    page.locator("#field").fill("7")  # not a cosine: nothing moves
    box = page.locator("#samples-curve svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    value = float(page.locator("#slider").input_value())
    assert 0.6 < value < 0.9
    page.locator("#counted", has_text=counted(plain.explorer, value)).wait_for()
    assert logged == []


def test_classes_are_found_sorted_and_opened_by_keyboard(visit, plain):
    page, logged, _ = visit(plain)
    names = page.locator("#rows th")
    page.locator("th[data-sort=name] button").click()
    assert names.all_inner_texts() == ["crane", "dog", "fox", "heron", "unseen"]
    page.locator("th[data-sort=name] button").click()
    assert names.first.inner_text() == "unseen"
    assert page.locator("th[data-sort=name]").get_attribute("aria-sort") == "descending"
    page.locator("#find").fill("COLLIE")  # another lemma of the class
    assert names.all_inner_texts() == ["dog"]
    page.locator("#find").fill("")
    page.locator("#rows a[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#name", has_text="heron").wait_for()
    page.locator("#synset", has_text="heron, n04").wait_for()
    assert page.evaluate("document.activeElement.id") == "name"
    page.go_back()
    page.locator("#name", has_text="No class chosen").wait_for()
    assert logged == []


def test_a_view_is_in_its_address(visit, plain):
    page, _, _ = visit(plain, "#class=n03")
    page.locator("#order").select_option("random")
    page.locator("#show").select_option("dropped")
    page.locator("#holds").fill("red")
    page.locator("#again").click()
    expected = plain.explorer.samples(Samples("n03", 0.5, "random", "dropped", "red", seed=1))
    page.locator("#total", has_text=f"{expected['total']} captions, containing the text").wait_for()
    for _ in range(50):
        if "seed=1" in page.url and "holds=red" in page.url:
            break
        page.wait_for_timeout(50)
    again, _, asked = visit(plain, "#" + urlsplit(page.url).fragment)
    again.locator("#total", has_text=f"{expected['total']} captions, containing the text").wait_for()
    assert again.locator("#captions").inner_text() == page.locator("#captions").inner_text()
    assert len(again.locator("#captions li").all()) == len(expected["rows"]) > 0
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(plain.address).netloc}


def test_a_mangled_address_is_read_as_far_as_it_can_be(visit, plain):
    page, logged, _ = visit(plain, "#threshold=9&order=best&page=x&sort=__proto__&seed=-1&more=1")
    page.locator("#counted", has_text=counted(plain.explorer, 0.5)).wait_for()
    assert page.locator("#order").input_value() == "above"
    assert logged == []


def test_pages_of_captions_turn(visit, plain):
    page, _, _ = visit(plain, "#class=n01&order=high")
    total = plain.explorer.samples(Samples("n01", 0.5, "high"))["total"]
    page.locator("#place", has_text=f"page 1 of {-(-total // 25)}").wait_for()
    page.locator("#after").click()
    page.locator("#place", has_text="page 2 of").wait_for()
    expected = plain.explorer.samples(Samples("n01", 0.5, "high", page=2))["rows"]
    assert page.locator("#captions .similarity").all_inner_texts() == [f"{r['similarity']:.4f}" for r in expected]


@pytest.mark.parametrize("width", [1200, 390])
def test_hostile_text_runs_nothing_and_breaks_no_layout(visit, hostile, width):
    page, logged, asked = visit(hostile, "#class=n02&order=high", width)
    page.locator("#captions li").nth(4).wait_for()
    assert page.locator("#captions img, #captions script, #captions table").count() == 0
    assert "<img src=x onerror=window.hacked=1>" in page.locator("#captions .caption").first.inner_text()
    assert page.locator("#captions mark").first.inner_text() == "dog"
    page.locator("#captions button", has_text="whole (1,000,003 letters)").click()
    page.locator("#captions .long").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("typeof window.hacked") == "undefined"
    # The one that is not marked as safe is not in the page until it is asked for.
    last = page.locator("#captions li").nth(4)
    assert last.locator(".caption").count() == 0
    last.locator("button", has_text="show").click()
    assert last.locator(".caption").inner_text() == "a dog"
    links = page.locator("#captions a")
    assert links.count() == 1
    assert links.first.get_attribute("href") == "https://example.com/a.jpg"
    assert set(links.first.get_attribute("rel").split()) == {"noopener", "noreferrer", "nofollow"}
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(hostile.address).netloc}
    assert logged == []


def test_the_policy_is_in_force(visit, plain):
    page, logged, _ = visit(plain)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("typeof window.ran") == "undefined"
    assert any("Content Security Policy" in line for line in logged)


def test_a_server_that_is_gone_is_said_so(visit, plain):
    page, _, _ = visit(plain)
    page.route("**/api/**", lambda route: route.abort())
    page.locator("#chosen").click()
    page.locator("#field").fill("0.4")
    page.locator("#trouble", has_text="still running?").wait_for()
    page.unroute("**/api/**")
    page.locator("#field").fill("0.45")
    page.locator("#trouble").wait_for(state="hidden")

"""Pictures of a class in a real browser: the class that is chosen, and that the page runs nothing foreign."""

from __future__ import annotations

import pytest

from report.albums import album_class, album_of, page_of, picture, side, small_album
from report.test_comparison import HOSTILE
from report.test_page_in_browser import CHROME

pytestmark = pytest.mark.slow

#: Keeps what the page says to its other parts.
HEAR = """() => {
    window.heard = [];
    document.addEventListener("laionet:pick", (event) => window.heard.push(event.detail?.wnid ?? null));
}"""
SAY = "([name, detail]) => document.dispatchEvent(new CustomEvent(`laionet:${name}`, { detail }))"


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROME))
        yield running
        running.close()


def hostile_album():
    urls = ["javascript:window.hacked=1", "https://ok.example/\"onmouseover='window.hacked=1'", None]
    pictures = [
        picture(i, caption=HOSTILE * 9 + "\u202e" + "W" * 5_000, url=url, said=HOSTILE)
        for i, url in enumerate(urls)
    ]
    one = album_class(0, HOSTILE + "W" * 500, [side(pictures), side(pictures, intervals=False)])
    album = album_of([one | {"wnid": HOSTILE}], classifier=HOSTILE, encoder=HOSTILE)
    for dataset in album["datasets"]:
        dataset |= {"title": "W" * 300 + HOSTILE, "lost": {HOSTILE: 2}}
    return album


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, album in (("plain", small_album()), ("hostile", hostile_album())):
        (folder / f"{name}.html").write_text(page_of(album), encoding="utf-8")
    return folder


@pytest.fixture
def visit(browser, pages):
    """Open a page; returns it with what it logged and what it asked for."""
    contexts = []

    def opened(name="plain", width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page, logged, asked = context.new_page(), [], []
        page.on("console", lambda message: logged.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((pages / f"{name}.html").as_uri())
        return page, logged, [url for url in asked if not url.startswith("data:")]

    yield opened
    for context in contexts:
        context.close()


def shown(page):
    """The class that is shown."""
    return page.locator(".pictures-place h3 bdi").first.inner_text()


@pytest.mark.parametrize("name", ["plain", "hostile"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_view_is_quiet_alone_and_fits(visit, name, width):
    page, logged, asked = visit(name, width)
    for view in ("intervals", "pairs", "samples"):
        page.click(f"[data-view={view}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for at in range(3):
        page.locator(".pictures-thumb").nth(at).click()
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width
        page.keyboard.press("Escape")
    assert logged == []
    assert len(asked) == 1
    assert page.evaluate("typeof window.hacked") == "undefined"


def test_pictures_of_one_class_at_a_time_are_made_and_they_are_pictures(visit):
    page, _, _ = visit()
    assert page.evaluate("document.images.length") == 6
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth === 48)")
    image = page.locator(".pictures-thumb img").nth(2)
    assert (image.get_attribute("alt"), image.get_attribute("width")) == ("caption 2", "48")
    assert page.locator(".pictures-side h4").all_inner_texts() == ["by caption", "by sight"]
    assert "1,234 images, 42.5 % named right" in page.locator(".pictures-side .note").first.inner_text()
    assert page.locator(".pictures-said").first.inner_text() == "✗ bee"


def test_a_choice_is_told_once_and_shown_however_it_is_made(visit):
    page, _, _ = visit()
    page.evaluate(HEAR)
    assert shown(page) == "ant"
    page.click("[data-step='1']")
    assert shown(page) == "bee"
    page.locator("select").select_option(label="cat")
    assert shown(page) == "cat"
    page.locator(".pictures-chips button", has_text="ant").click()
    assert shown(page) == "ant"
    page.click("[data-step='-1']")
    assert shown(page) == "cat"
    assert page.evaluate("window.heard") == ["n00000001", "n00000002", "n00000000", "n00000002"]
    assert page.locator(".pictures-chips button[aria-pressed=true]").inner_text().startswith("cat")
    assert page.locator(".pictures-status").inner_text() == "Pictures of cat"


def test_it_follows_a_choice_made_elsewhere_and_says_nothing_of_its_own(visit):
    page, logged, _ = visit()
    page.evaluate(HEAR)
    page.evaluate(SAY, ["pick", {"wnid": "n00000002"}])
    assert shown(page) == "cat"
    assert page.locator("select").input_value() == "n00000002"
    page.evaluate(SAY, ["pick", {"wnid": ""}])
    assert shown(page) == "cat"
    page.evaluate(SAY, ["pick", {"wnid": "n00000003"}])
    assert shown(page) == "dog"
    assert "no room for the pictures" in page.locator(".pictures-place").inner_text()
    assert page.locator("select").input_value() == "n00000003"
    page.evaluate(SAY, ["pick", {"wnid": "n99"}])
    assert "no pictures to show" in page.locator(".pictures-place").inner_text()
    for nonsense in (None, {}, {"wnid": 7}):
        page.evaluate(SAY, ["pick", nonsense])
    said = [*("n00000002", "", "n00000003", "n99"), None, None, 7]
    assert page.evaluate("window.heard") == said
    assert logged == []


def test_a_part_of_the_classes_narrows_what_can_be_chosen(visit):
    page, _, _ = visit()
    chips = page.locator(".pictures-chips button bdi")
    assert chips.all_inner_texts() == ["cat", "bee", "ant"]
    page.evaluate(SAY, ["within", {"wnids": ["n00000001", "n00000002", "n00000003", "n7"]}])
    assert shown(page) == "bee"
    assert page.locator("select option").all_inner_texts() == ["bee", "cat"]
    assert chips.all_inner_texts() == ["cat", "bee"]
    page.click("[data-step='1']")
    page.click("[data-step='1']")
    assert shown(page) == "bee"
    page.evaluate(SAY, ["within", {"wnids": []}])
    assert "no pictures to show" in page.locator(".pictures-place").inner_text()
    assert page.locator("[data-step]:disabled").count() == 2
    assert not page.locator(".pictures-strip").is_visible()
    page.evaluate(SAY, ["within", {"wnids": None}])
    assert shown(page) == "ant"
    assert page.locator("select option").count() == 3


def blurred(page, selector):
    return [
        "blur" in value
        for value in page.eval_on_selector_all(selector, "all => all.map((one) => getComputedStyle(one).filter)")
    ]


def test_unsafe_pictures_are_blurred_until_asked_for(visit):
    page, _, _ = visit()
    page.evaluate(SAY, ["pick", {"wnid": "n00000001"}])
    assert blurred(page, ".pictures-place img") == [True, True, False, False, False]
    assert page.locator(".pictures-veil").all_inner_texts() == ["unsafe", "not rated"]
    page.locator(".pictures-thumb").first.click()
    assert blurred(page, "dialog img") == [True]
    page.get_by_role("button", name="Show this picture").click()
    assert blurred(page, "dialog img") == [False]
    page.get_by_role("button", name="Close").click()
    assert blurred(page, ".pictures-place img")[0]
    page.get_by_label("Show pictures not marked as safe").check()
    assert not any(blurred(page, ".pictures-place img"))
    assert not page.locator(".pictures-veil").first.is_visible()


def test_a_missing_picture_is_an_empty_frame_with_its_reason(visit):
    page, _, _ = visit()
    page.evaluate(SAY, ["pick", {"wnid": "n00000001"}])
    lost = page.locator(".pictures-frame.lost")
    assert lost.all_inner_texts() == ["broken image"]
    lost.click()
    assert "caption 12" in page.locator("dialog").inner_text()


def test_intervals_and_pairs_say_their_numbers(visit):
    page, _, _ = visit()
    page.click("[data-view=intervals]")
    heads = page.locator(".pictures-part h5").all_inner_texts()
    assert heads == ["0.50 to 0.60", "0.60 to 0.70", "0.70 to 0.80", "0.80 to 0.90", "0.90 to 1.00"]
    assert page.locator(".pictures-part .note").all_inner_texts()[:2] == ["1 image", "2 images"]
    assert page.locator(".pictures-side h4").all_inner_texts() == ["by caption"]
    page.click("[data-view=pairs]")
    assert page.locator(".pictures-part .note").all_inner_texts() == [
        "cosine 1.00 (the same?)",
        "cosine −0.25",
    ]
    assert "all pairs of 1,000 of them compared by clip" in page.locator(".pictures-side .note").first.inner_text()
    assert "Fewer than two" in page.locator(".pictures-side").nth(1).inner_text()


def test_a_dialog_tells_what_is_known_and_links_to_the_web_alone(visit):
    page, _, _ = visit()
    page.locator(".pictures-thumb").nth(1).focus()
    page.keyboard.press("Enter")
    text = page.locator("dialog").inner_text()
    for part in ("by caption", "caption 1", "0.50", "vit takes it for", "bee (wrong)", "marked as safe"):
        assert part in text
    link = page.locator("dialog a")
    assert link.get_attribute("href") == "https://example.com/1.jpg"
    assert link.get_attribute("rel") == "noopener noreferrer"
    page.mouse.click(5, 5)
    assert not page.locator("dialog").is_visible()
    page, _, _ = visit("hostile")
    links = []
    for at in range(3):
        page.locator(".pictures-thumb").nth(at).click()
        links.append(page.locator("dialog a").count())
        page.keyboard.press("Escape")
    assert links == [0, 1, 0]


def test_paper_gets_the_class_that_is_shown_and_nothing_unsafe(visit):
    page, _, _ = visit()
    page.evaluate(SAY, ["pick", {"wnid": "n00000001"}])
    page.emulate_media(media="print")
    assert not page.locator(".pictures-tools").is_visible()
    visible = [one.is_visible() for one in page.locator(".pictures-place img").all()]
    assert visible == [False, False, True, True, True]


def test_without_scripts_a_sentence_says_so(visit):
    page, _, _ = visit(java_script_enabled=False)
    assert page.locator("noscript").is_visible()
    assert "drawn by a script" in page.locator("noscript").inner_html()
    assert not page.locator(".pictures-tools").is_visible()

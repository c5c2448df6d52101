import pytest

from laionet.corpus import detect, list_files, plan
from laionet.errors import LayoutError

CC3M = b'a dog on a hill\thttp://a/1.jpg\ncat "quoted" here\thttps://b/2.jpg\n'
CC12M = b'http://a/1.jpg\ta dog on a hill\nhttps://b/2.jpg\tcat "quoted" here\n'
CAPTIONS, URLS = ["a dog on a hill", 'cat "quoted" here'], ["http://a/1.jpg", "https://b/2.jpg"]


@pytest.mark.parametrize(("name", "content"), [("cc3m", CC3M), ("cc12m", CC12M)])
@pytest.mark.parametrize("asked", [False, True])
def test_the_column_with_the_addresses_tells_cc3m_from_cc12m(name, content, asked, write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(content), layout=name if asked else "auto")
    assert corpus.plan.layouts[0].name == name
    assert corpus.column("caption") == CAPTIONS
    assert corpus.column("url") == URLS
    assert corpus.column("row") == [0, 1]


@pytest.mark.parametrize("asked", ["auto", "cc12m"])
def test_names_put_in_front_are_not_a_row(asked, write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"url\tcaption\n" + CC12M), layout=asked)
    assert corpus.column("caption") == CAPTIONS
    assert corpus.column("row") == [0, 1]


def test_most_lines_decide_not_the_first(write_bytes, read_corpus):
    odd = b"http://looks.like/a/caption\tnot an address\n"
    corpus = read_corpus(write_bytes(odd + CC3M))
    assert corpus.plan.layouts[0].name == "cc3m"
    assert corpus.column("caption")[1:] == CAPTIONS


def test_a_first_line_without_address_is_a_row_too(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"a caption\tno address\n" + CC3M + CC3M))
    assert corpus.plan.layouts[0].name == "cc3m"
    assert len(corpus.table) == 5


def test_the_other_layout_asked_for_is_refused(write_bytes):
    path = write_bytes(CC3M)
    with pytest.raises(LayoutError, match=r"cc12m is url TAB caption, but .* caption TAB url \(cc3m\)"):
        plan(list_files([path]), layout="cc12m")


def test_a_layout_asked_for_stands_where_no_address_tells(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"no address\ta caption\n"), layout="cc12m")
    assert corpus.column("caption") == ["a caption"]


def test_three_columns_without_header_are_refused():
    with pytest.raises(LayoutError, match="no header and 3 columns"):
        detect(["a", "http://b", "c"], headerless_sample=[["a", "http://b", "c"]] * 3)


def test_a_byte_order_mark_is_not_part_of_a_caption(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"\xef\xbb\xbf" + CC3M))
    assert corpus.column("caption") == CAPTIONS
    named = read_corpus(write_bytes(b'\xef\xbb\xbf"caption","url"\n"a, b",c\n', "x.csv"))
    assert named.column("caption") == ["a, b"]

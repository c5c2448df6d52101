import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from images.builders import CLASSES, brief, jpeg, read, write, write_tar
from laionet.errors import LayoutError, ShardError
from laionet.images.img2dataset import drop_reason
from laionet.images.pictures import open_pictures
from laionet.schema import Drop

FAILED = [("failed_to_download", "HTTP Error 404: Not Found"), ("failed_to_resize", "Image decoding error")]


def row(number, status="success", error=None, **more):
    meta = {"url": f"http://a/{number}", "caption": f"caption {number}", "key": f"{number:09}", "status": status}
    meta |= {"error_message": error, "width": 8, "height": 8, "label": number, "wnid": CLASSES.wnids[number]}
    return meta | more


ROWS = [row(3), row(0, *FAILED[0]), row(1), row(2, *FAILED[1])]


def put(folder, form, rows=ROWS, shard="00000", drop=(), table=True):
    """What img2dataset 1.4x writes."""
    rows = [{key: value for key, value in row.items() if key not in drop} for row in rows]
    good = [row for row in rows if row["status"] == "success"]
    folder.mkdir(exist_ok=True)
    columns = pa.Table.from_pylist(rows)
    if form == "webdataset":
        members = [
            (f"{row['key']}.{ending}", data)
            for row in good
            for ending, data in (
                ("jpg", jpeg(int(row["key"]))),
                ("txt", row["caption"]),
                ("json", json.dumps(row, indent=4)),
            )
        ]
        write_tar(folder / f"{shard}.tar", members)
    elif form == "files":
        for row in good:
            write(folder / shard / f"{row['key']}.jpg", jpeg(int(row["key"])))
            write(folder / shard / f"{row['key']}.txt", row["caption"])
            write(folder / shard / f"{row['key']}.json", json.dumps(row, indent=4))
    else:
        images = [jpeg(int(row["key"])) if row["status"] == "success" else None for row in rows]
        columns = columns.append_column("jpg", pa.array(images, pa.binary()))
    if table:
        pq.write_table(columns, folder / f"{shard}.parquet")
    write(folder / f"{shard}_stats.json", json.dumps({"count": len(rows)}))
    return folder


FORMS = ["webdataset", "files", "parquet"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("drop", [(), ("label",), ("wnid",)])
def test_each_form_gives_the_same_rows(tmp_path, form, drop):
    pictures = open_pictures(put(tmp_path / "images", form, drop=drop), CLASSES)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows) == ("img2dataset", 4)
    assert brief(rows) == [("000000003", 3), ("000000001", 1)]
    assert [(row["caption"], row["url"]) for row in rows] == [
        ("caption 3", "http://a/3"),
        ("caption 1", "http://a/1"),
    ]
    assert [row["image"] for row in rows] == [jpeg(3), jpeg(1)]
    assert dropped == [("00000", "http_4xx", 1), ("00000", "undecodable", 3)]


@pytest.mark.parametrize("form", FORMS)
def test_without_labels_it_is_said_how_to_pass_them(tmp_path, form):
    folder = put(tmp_path / "images", form, drop=("label", "wnid"))
    with pytest.raises(LayoutError, match="--save_additional_columns"):
        open_pictures(folder, CLASSES)


def test_files_without_a_table_are_read_by_their_json(tmp_path):
    folder = put(tmp_path / "images", "files", table=False)
    write(folder / "00000" / "000000009.jpg", jpeg(9))
    pictures = open_pictures(folder, CLASSES)
    rows, dropped = read(pictures)
    assert pictures.rows is None
    assert brief(rows) == [("000000001", 1), ("000000003", 3)]
    assert dropped == [("00000", "unknown_label", 2)]
    write(folder / "00000" / "000000009.json", "{")
    with pytest.raises(ShardError, match=r"000000009\.json"):
        read(pictures)


def test_files_without_table_and_labels_are_refused(tmp_path):
    folder = put(tmp_path / "images", "files", table=False, drop=("label", "wnid"))
    with pytest.raises(LayoutError, match="--save_additional_columns"):
        open_pictures(folder, CLASSES)


@pytest.mark.parametrize("form", ["webdataset", "files"])
def test_an_image_that_the_table_promises_may_be_missing(tmp_path, form):
    folder = put(tmp_path / "images", form, ROWS)
    pq.write_table(pa.Table.from_pylist([*ROWS, row(7)]), folder / "00000.parquet")
    rows, dropped = read(open_pictures(folder, CLASSES))
    assert len(rows) == 2
    assert ("00000", "no_image", 4) in dropped


def test_an_image_that_the_table_does_not_know_is_an_error(tmp_path):
    folder = put(tmp_path / "images", "webdataset")
    pq.write_table(pa.Table.from_pylist(ROWS[1:]), folder / "00000.parquet")
    with pytest.raises(ShardError, match=r"000000003, which 00000\.parquet does not list"):
        read(open_pictures(folder, CLASSES))


def test_a_key_cannot_lead_out_of_the_folder(tmp_path):
    write(tmp_path / "secret.jpg", jpeg(0))
    folder = put(tmp_path / "images", "files", [row(1)])
    pq.write_table(pa.Table.from_pylist([row(1, key="../../secret")]), folder / "00000.parquet")
    with pytest.raises(ShardError, match="no name of a file"):
        read(open_pictures(folder, CLASSES))


def test_a_shard_that_img2dataset_left_unfinished_fails_alone(tmp_path):
    put(tmp_path / "images", "webdataset")
    put(tmp_path / "images", "webdataset", shard="00001")
    (tmp_path / "images" / "00001.parquet").write_bytes(b"PAR1")
    first, second = open_pictures(tmp_path / "images", CLASSES).shards()
    assert sum(len(batch.table) for batch in first.batches()) == 2
    with pytest.raises(ShardError, match="Run img2dataset again"):
        list(second.batches())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("HTTP Error 404: Not Found", Drop.HTTP_4XX),
        ("HTTP Error 429: Too Many Requests", Drop.HTTP_4XX),
        ("HTTP Error 503: Service Unavailable", Drop.HTTP_5XX),
        ("HTTP Error 999: Request denied", Drop.HTTP_OTHER),
        (
            "HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.\n"
            "The last 30x error message was:\nFound",
            Drop.REDIRECTS,
        ),
        ("timed out", Drop.TIMEOUT),
        ("<urlopen error timed out>", Drop.TIMEOUT),
        ("The read operation timed out", Drop.TIMEOUT),
        ("<urlopen error _ssl.c:1112: The handshake operation timed out>", Drop.TIMEOUT),
        ("<urlopen error [Errno 110] Connection timed out>", Drop.TIMEOUT),
        ("<urlopen error [Errno -2] Name or service not known>", Drop.DNS),
        ("<urlopen error [Errno -3] Temporary failure in name resolution>", Drop.DNS),
        ("<urlopen error [Errno -5] No address associated with hostname>", Drop.DNS),
        ("<urlopen error [Errno 111] Connection refused>", Drop.REFUSED),
        ("<urlopen error [Errno 113] No route to host>", Drop.REFUSED),
        ("<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get", Drop.TLS),
        ("<urlopen error [SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", Drop.TLS),
        ("<urlopen error EOF occurred in violation of protocol (_ssl.c:1129)>", Drop.TLS),
        ("Remote end closed connection without response", Drop.BROKEN_OFF),
        ("<urlopen error [Errno 104] Connection reset by peer>", Drop.BROKEN_OFF),
        ("IncompleteRead(1000 bytes read, 500 more expected)", Drop.BROKEN_OFF),
        ("unknown url type: 'a.jpg'", Drop.BAD_URL),
        ("<urlopen error no host given>", Drop.BAD_URL),
        ("URL can't contain control characters. '/a b.jpg' (found at least ' ')", Drop.BAD_URL),
        ("encoding with 'idna' codec failed (UnicodeError: label empty or too long)", Drop.BAD_URL),
        ("'ascii' codec can't encode character '\\xe9' in position 5", Drop.BAD_URL),
        ("nonnumeric port: 'x'", Drop.BAD_URL),
        ("Use of image disallowed by X-Robots-Tag directive", Drop.OPTED_OUT),
        ("something new", Drop.NO_IMAGE),
        ("", Drop.NO_IMAGE),
        (None, Drop.NO_IMAGE),
    ],
)
def test_messages_of_failed_downloads_are_known(message, reason):
    assert drop_reason("failed_to_download", message) is reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Image decoding error", Drop.UNDECODABLE),
        ("image area too large", Drop.TOO_MANY_PIXELS),
        ("image too small", Drop.NO_IMAGE),
        ("aspect ratio too large", Drop.NO_IMAGE),
    ],
)
def test_messages_of_failed_resizing_are_known(message, reason):
    assert drop_reason("failed_to_resize", message) is reason

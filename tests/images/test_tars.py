import io
import tarfile

import pytest

from images.builders import write_tar
from laionet.errors import ShardError
from laionet.images.tars import members


def special(path, name, **fields):
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo(name)
        for field, value in fields.items():
            setattr(entry, field, value)
        tar.addfile(entry, io.BytesIO(b"x" * entry.size))
    return path


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("a.jpg", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "no plain file"),
        ("a.jpg", {"type": tarfile.LNKTYPE, "linkname": "b.jpg"}, "no plain file"),
        ("a.jpg", {"type": tarfile.CHRTYPE}, "no plain file"),
        ("a.jpg", {"type": tarfile.FIFOTYPE}, "no plain file"),
        ("/a.jpg", {"size": 1}, "leads out"),
        ("../a.jpg", {"size": 1}, "leads out"),
        ("b/../../a.jpg", {"size": 1}, "leads out"),
        ("\\a.jpg", {"size": 1}, "leads out"),
    ],
)
def test_what_has_no_place_among_images_is_refused(tmp_path, name, fields, why):
    with pytest.raises(ShardError, match=why):
        list(members(special(tmp_path / "t.tar", name, **fields)))


def test_folders_are_passed_over_and_large_files_not_read(tmp_path):
    path = write_tar(tmp_path / "t.tar", [("d/a.jpg", b"123"), ("b.jpg", b"12345"), ("c.jpg", b"")])
    with tarfile.open(path, "a") as tar:
        folder = tarfile.TarInfo("d")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    found = [(member.name, member.size, member.data) for member in members(path, max_bytes=4)]
    assert found == [("d/a.jpg", 3, b"123"), ("b.jpg", 5, None), ("c.jpg", 0, b"")]


def test_a_tar_cut_or_damaged_anywhere_is_an_error(tmp_path):
    path = write_tar(tmp_path / "t.tar", [(f"{i}.jpg", bytes([i]) * 700) for i in range(4)])
    whole = path.read_bytes()
    end = 4 * (512 + 1024)
    assert len(list(members(path))) == 4
    for cut in range(0, end, 256):  # at the edges of blocks, where tarfile sees an end, and between them
        path.write_bytes(whole[:cut])
        with pytest.raises(ShardError):
            list(members(path))
    for at in range(0, end, 1536):
        damaged = bytearray(whole)
        damaged[at + 20] ^= 0xFF
        path.write_bytes(damaged)
        with pytest.raises(ShardError):
            list(members(path))


def test_a_missing_or_compressed_tar_is_named(tmp_path):
    with pytest.raises(ShardError, match=r"t\.tar"):
        list(members(tmp_path / "t.tar"))
    with tarfile.open(tmp_path / "z.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.jpg"))
    with pytest.raises(ShardError, match=r"z\.tar"):
        list(members(tmp_path / "z.tar"))


def test_a_sparse_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    header = bytearray(special(tmp_path / "t.tar", "a.jpg", size=512).read_bytes()[:512])
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"77777777777\0"  # the size that it would have, 8 GiB
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "t.tar").write_bytes(bytes(header) + bytes(512) + bytes(1024))
    with pytest.raises(ShardError, match="no plain file"):
        list(members(tmp_path / "t.tar"))

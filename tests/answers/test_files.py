"""A file that holds answers is replaced whole or not at all, and stays as open as somebody made it."""

import os
import stat

import pytest

from boundaries.answers import files

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


def mode(path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture(params=[0o022, 0o027, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@posix
def test_a_new_file_has_the_mode_that_is_usual_here(tmp_path, umask):
    path = tmp_path / "submission.json"
    files.replace(path, b"new")
    assert mode(path) == oct(0o666 & ~umask)


@posix
@pytest.mark.parametrize("chosen", [0o664, 0o600, 0o640])
def test_a_file_keeps_the_mode_that_somebody_set(tmp_path, umask, chosen):
    path = tmp_path / "submission.json"
    path.write_bytes(b"old")
    path.chmod(chosen)
    os.utime(path, (1, 1))
    files.replace(path, b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", oct(chosen))
    assert path.stat().st_mtime > 1  # the mode is the old file's, the time is not


@posix
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "shared").mkdir()
    path, target = tmp_path / "submission.json", tmp_path / "shared" / "mine.json"
    target.write_bytes(b"old")
    path.symlink_to(target)
    files.replace(path, b"new")
    assert path.is_symlink()
    assert target.read_bytes() == b"new"


@posix
def test_a_file_keeps_its_group(tmp_path):
    path = tmp_path / "submission.json"
    path.write_bytes(b"old")
    groups = {*os.getgroups(), os.getegid()} - {path.stat().st_gid}
    if os.geteuid() == 0:
        groups.add(12345)
    if not groups:
        pytest.skip("this user is in one group only")
    group = groups.pop()
    os.chown(path, -1, group)
    files.replace(path, b"new")
    assert path.stat().st_gid == group


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "submission.json"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]

"""The demo's data folder: one demo at a time, and only what a demo made is ever deleted."""

import os

import pytest

from dgs.cli.console import Refused
from dgs.cli.folder import DataFolder


@pytest.fixture
def opened(tmp_path):
    folder = DataFolder(tmp_path / "d")
    folder.open()
    yield folder
    folder.close()


def test_a_new_folder_is_made_and_marked(opened):
    assert (opened.path / ".dgs-demo").exists()


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match="holds other things"):
        DataFolder(tmp_path).open()
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_two_demos_do_not_share_a_folder(opened):
    with pytest.raises(Refused, match="Another demo is running"):
        DataFolder(opened.path).open()
    opened.close()
    second = DataFolder(opened.path)
    second.open()
    second.close()


def test_emptying_keeps_the_mark_and_follows_no_link(opened, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (opened.path / "files").mkdir()
    (opened.path / "link").symlink_to(outside)
    opened.empty()
    assert [entry.name for entry in opened.path.iterdir()] == [".dgs-demo"]
    assert (outside / "kept").read_text() == "kept"


def test_keys_are_made_once_and_only_the_owner_reads_them(opened):
    keys = opened.secrets()
    assert (opened.path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert opened.secrets() == keys
    assert len(set(keys.values())) == 4


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be used"):
        DataFolder(tmp_path / "file").open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(Refused, match="cannot be written"):
        DataFolder(tmp_path / "d").open()


def test_a_running_demo_tells_other_verbs_where_it_is_and_takes_that_back(opened):
    assert opened.told() == {}
    opened.tell({"DATABASE_URL": "postgres:///x"})
    other = DataFolder(opened.path)
    assert other.told() == {"DATABASE_URL": "postgres:///x"}
    assert (opened.path / "environment.json").stat().st_mode & 0o777 == 0o600
    other.hush()  # one that was refused because this one runs
    assert other.told()
    opened.hush()
    assert other.told() == {}


def test_a_folder_without_the_mark_is_no_demo(tmp_path):
    (tmp_path / "environment.json").write_text('{"DATABASE_URL": "postgres:///x"}')
    assert DataFolder(tmp_path).told() == {}

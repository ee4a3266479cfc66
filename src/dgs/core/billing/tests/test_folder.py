"""The watched folder: what is taken, what is left alone, what is explained."""

import errno
import os
import shutil

import pytest
from django.db import OperationalError

from dgs.core.billing import api as billing
from dgs.core.billing.actions import folder as folder_module
from dgs.core.billing.actions.folder import FolderRun, take_folder
from dgs.core.billing.models import Statement
from dgs.core.billing.simulator import simulate_transfer
from dgs.core.billing.tests.conftest import NOW


@pytest.fixture
def root(tmp_path, account):
    (tmp_path / "in").mkdir()
    return tmp_path


def names(folder):
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def test_a_file_that_rests_is_taken_and_explained(issue, root):
    bill = issue()
    file = simulate_transfer(bill, NOW)
    (root / "in" / file.file_name).write_bytes(file.data)
    assert take_folder(now=NOW, root=root).waiting == (file.file_name,)
    assert billing.standing(bill).state == "open"
    assert take_folder(now=NOW, root=root).taken == (file.file_name,)
    assert billing.standing(bill).state == "paid"
    assert names(root / "in") == names(root / "working") == []
    data, told = names(root / "processed")
    assert data.endswith(file.file_name) and "1" in (root / "processed" / told).read_text()
    assert take_folder(now=NOW, root=root).taken == ()


def test_a_file_that_still_grows_or_is_named_unfinished_is_left_alone(issue, root):
    file = simulate_transfer(issue(), NOW)
    path = root / "in" / "a.sta"
    path.write_bytes(file.data[:50])
    (root / "in" / "b.sta.part").write_bytes(file.data)
    take_folder(now=NOW, root=root)
    path.write_bytes(file.data[:90])
    assert take_folder(now=NOW, root=root).waiting == ("a.sta",)
    path.write_bytes(file.data)
    assert take_folder(now=NOW, root=root).waiting == ("a.sta",)
    assert not Statement.objects.exists()
    assert take_folder(now=NOW, root=root).taken == ("a.sta",)
    assert names(root / "in") == ["b.sta.part"]


def test_a_broken_file_goes_to_refused_with_the_reason_and_the_others_are_taken(issue, root):
    file = simulate_transfer(issue(), NOW)
    (root / "in" / "baik.sta").write_bytes(file.data)
    (root / "in" / "rusak.sta").write_bytes(file.data.replace(b"NTRF", b""))
    take_folder(now=NOW, root=root)
    run = take_folder(now=NOW, root=root)
    assert (run.taken, run.refused) == (("baik.sta",), ("rusak.sta",))
    broken, told = names(root / "refused")
    assert broken.endswith("rusak.sta") and "5" in (root / "refused" / told).read_text()
    assert Statement.objects.count() == 1


def test_what_a_dead_worker_left_behind_is_taken_once(issue, root):
    bill = issue()
    file = simulate_transfer(bill, NOW)
    billing.take_statement(file.data, file_name="x", account=None, by=None, now=NOW)
    (root / "working").mkdir()
    (root / "working" / "x.sta").write_bytes(file.data)
    assert take_folder(now=NOW, root=root).taken == ("x.sta",)
    assert Statement.objects.count() == 1 and billing.standing(bill).paid == bill.total


def test_a_subfolder_names_the_account(issue, root, account):
    bill = issue()
    text = f"Tanggal;Keterangan;Debet;Kredit\n23/11/2026;{bill.payment_code};;150.000\n"
    for folder in (account.number, "999999"):
        (root / "in" / folder).mkdir()
        (root / "in" / folder / "m.csv").write_text(text)
    take_folder(now=NOW, root=root)
    run = take_folder(now=NOW, root=root)
    assert run.taken == (f"{account.number}/m.csv",) and run.refused == ("999999/m.csv",)
    assert billing.standing(bill).state == "paid"


def look_twice(root):
    take_folder(now=NOW, root=root)
    return take_folder(now=NOW, root=root)


def told(root, where="refused"):
    return "\n".join(p.read_text() for p in (root / where).iterdir() if p.suffix == ".txt")


@pytest.mark.parametrize(
    "name",
    [
        "a.sta.filepart", "a.sta.PART", "a.sta.tmp", "a.sta.uploading", "a.sta~", "~$a.sta", ".a.sta.Xy12Zz", ".in.a.sta.",
        "#a.sta#", "lftp-pget-status",
    ],
)
def test_a_temporary_name_is_left_alone_and_the_name_it_becomes_is_taken(issue, root, name):
    file = simulate_transfer(issue(), NOW)
    (root / "in" / name).write_bytes(file.data)
    assert look_twice(root).waiting == () and names(root / "processed") == []
    assert (root / "in" / name).read_bytes() == file.data and not Statement.objects.exists()
    (root / "in" / name).rename(root / "in" / "mutasi.sta")
    assert look_twice(root).taken == ("mutasi.sta",)


def test_another_file_renamed_over_one_that_waited_has_to_rest_too(issue, root):
    one, two = (simulate_transfer(issue(about=f"tests.thing:{n}"), NOW) for n in (1, 2))
    path = root / "in" / "a.sta"
    path.write_bytes(one.data)
    take_folder(now=NOW, root=root)
    stat = path.stat()
    other = root / "in" / ".b"
    other.write_bytes(two.data)
    assert len(one.data) == len(two.data)
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)
    assert take_folder(now=NOW, root=root) == FolderRun(waiting=("a.sta",))
    assert not Statement.objects.exists()


@pytest.mark.parametrize("make", ["link", "dangling", "pipe"])
def test_a_link_or_pipe_is_refused_and_what_it_points_to_is_never_read(issue, root, tmp_path, make):
    secret = tmp_path / "rahasia.sta"
    secret.write_bytes(simulate_transfer(issue(), NOW).data)
    path = root / "in" / "a.sta"
    if make == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(secret if make == "link" else tmp_path / "tidak-ada")
    assert look_twice(root).refused == ("a.sta",)
    assert "tautan" in told(root) and not Statement.objects.exists()
    assert secret.read_bytes() and names(root / "processed") == []


def test_a_folder_that_is_a_link_is_not_looked_into(issue, root, tmp_path, account):
    outside = tmp_path / "luar"
    outside.mkdir()
    (outside / "a.sta").write_bytes(simulate_transfer(issue(), NOW).data)
    (root / "in" / account.number).symlink_to(outside)
    assert look_twice(root).taken == ()
    assert (outside / "a.sta").exists() and not Statement.objects.exists()


def test_what_was_seen_is_not_kept_where_a_client_could_lay_a_link(root, tmp_path):
    mine = tmp_path / "milik-program"
    mine.write_text("tetap")
    (root / "in" / ".seen.json").symlink_to(mine)
    (root / "in" / "a.sta").write_bytes(b"x")
    look_twice(root)
    assert mine.read_text() == "tetap" and (root / "in" / ".seen.json").is_symlink()


def test_an_unreadable_file_is_refused_with_the_reason_and_the_others_are_taken(issue, root, monkeypatch, caplog):
    real = os.open
    monkeypatch.setattr(
        folder_module.os, "open",
        lambda path, *more, **named: _denied() if str(path).endswith("working/a.sta") else real(path, *more, **named),
    )
    file = simulate_transfer(issue(), NOW)
    for name in ("a.sta", "b.sta"):
        (root / "in" / name).write_bytes(file.data)
    run = look_twice(root)
    assert (run.taken, run.refused) == (("b.sta",), ("a.sta",))
    assert "tidak boleh membaca" in told(root) and "a.sta" in caplog.text
    assert Statement.objects.count() == 1


def _denied():
    raise PermissionError(13, "Permission denied")


def test_a_file_that_cannot_be_fetched_stays_and_is_explained_once(root, monkeypatch, caplog):
    monkeypatch.setattr(folder_module.os, "rename", lambda *_args, **_named: _denied())
    (root / "in" / "a.sta").write_bytes(b"x")
    for _look in range(3):
        assert take_folder(now=NOW, root=root).refused == ()
    assert names(root / "in") == ["a.sta"] and names(root / "refused") == ["a.sta.txt"]
    assert "tidak boleh membaca" in told(root) and "a.sta" in caplog.text


def test_a_file_or_folder_that_vanishes_meanwhile_is_no_fault(issue, root, monkeypatch, account):
    file = simulate_transfer(issue(), NOW)
    (root / "in" / account.number).mkdir()
    (root / "in" / account.number / "a.sta").write_bytes(file.data)
    (root / "in" / "b.sta").write_bytes(file.data)
    take_folder(now=NOW, root=root)
    real = os.rename

    def rename(source, target, **named):
        if source == "a.sta":
            os.unlink(root / "in" / account.number / "a.sta")
            os.rmdir(root / "in" / account.number)
        return real(source, target, **named)

    monkeypatch.setattr(folder_module.os, "rename", rename)
    assert take_folder(now=NOW, root=root).taken == ("b.sta",)
    for name in ("in", "processed", "refused", "working"):
        shutil.rmtree(root / name)
    assert take_folder(now=NOW, root=root) == FolderRun()


def test_a_new_file_never_takes_the_place_of_one_left_in_working(issue, root):
    one, two = (simulate_transfer(issue(about=f"tests.thing:{n}"), NOW) for n in (1, 2))
    (root / "working").mkdir()
    (root / "working" / "a.sta").write_bytes(one.data)
    (root / "in" / "a.sta").write_bytes(two.data)
    take_folder(now=NOW, root=root)
    (root / "working" / "a.sta").write_bytes(one.data)
    assert take_folder(now=NOW, root=root).taken == ("a-2.sta", "a.sta")
    assert Statement.objects.count() == 2


def test_the_text_about_one_file_never_overwrites_another_file(root):
    for name, data in (("a.sta", b":20:rusak"), ("a.sta.txt", b"bukan mutasi")):
        (root / "in" / name).write_bytes(data)
    assert look_twice(root).refused == ("a.sta", "a.sta.txt")
    kept = [p.read_bytes() for p in (root / "refused").iterdir()]
    assert len(kept) == 4 and b":20:rusak" in kept and b"bukan mutasi" in kept


@pytest.mark.parametrize(
    "name",
    [b"\xff\xfe.sta", b"baris\nbaru.sta", b"-rf.sta", "n" * 251 + ".sta", "é" * 120 + ".sta", "\u202eats.sta", "; rm x.sta"],
)
def test_an_odd_name_is_taken_and_shown_plainly(issue, root, name):
    bill = issue()
    file = simulate_transfer(bill, NOW)
    raw = name if isinstance(name, bytes) else name.encode()
    with open(os.path.join(os.fsencode(root / "in"), raw), "wb") as out:
        out.write(file.data)
    (shown,) = look_twice(root).taken
    assert shown.isprintable() and shown.endswith(".sta") and len(shown.encode()) <= 120
    assert billing.standing(bill).state == "paid" and Statement.objects.get().file_name == shown
    assert len(names(root / "processed")) == 2 and names(root / "in") == []


def test_a_file_that_is_written_on_while_it_is_read_waits_for_the_next_look(issue, root, monkeypatch):
    bill = issue()
    file = simulate_transfer(bill, NOW)
    (root / "in" / "a.sta").write_bytes(file.data[:60])
    take_folder(now=NOW, root=root)
    real = os.fstat
    calls = []

    def fstat(opened):
        calls.append(opened)
        if len(calls) == 2:
            with open(root / "working" / "a.sta", "ab") as still_open:
                still_open.write(file.data[60:])
        return real(opened)

    monkeypatch.setattr(folder_module.os, "fstat", fstat)
    assert take_folder(now=NOW, root=root).waiting == ("a.sta",)
    assert not Statement.objects.exists() and names(root / "refused") == []
    monkeypatch.undo()
    assert take_folder(now=NOW, root=root).taken == ("a.sta",)
    assert billing.standing(bill).state == "paid"


def test_a_folder_that_is_mounted_from_elsewhere_is_copied_from(issue, root, monkeypatch, account):
    bill = issue()
    file = simulate_transfer(bill, NOW)
    (root / "in" / account.number).mkdir()
    (root / "in" / account.number / "a.sta").write_bytes(file.data)
    (root / "in" / "b.sta").symlink_to(root / "in" / account.number / "a.sta")
    real = os.rename

    def rename(source, target, **named):
        if named:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(source, target)

    monkeypatch.setattr(folder_module.os, "rename", rename)
    assert look_twice(root).taken == (f"{account.number}/a.sta",)
    assert billing.standing(bill).state == "paid" and names(root / "in" / account.number) == []
    assert "tautan" in told(root) and (root / "in" / "b.sta").is_symlink()


def test_a_mounted_folder_from_which_nothing_may_be_taken_away_is_left_as_it_is(issue, root, monkeypatch):
    (root / "in" / "a.sta").write_bytes(simulate_transfer(issue(), NOW).data)

    def rename(*_args, **named):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(folder_module.os, "rename", rename)
    monkeypatch.setattr(folder_module.os, "access", lambda *_args, **_named: False)
    assert look_twice(root) == FolderRun()
    assert names(root / "in") == ["a.sta"] and names(root / "working") == [] and not Statement.objects.exists()
    assert "tidak boleh membaca" in told(root)


def test_half_a_copy_of_a_dead_worker_is_thrown_away(root):
    (root / "working").mkdir()
    (root / "working" / ".a.sta.half").write_bytes(b"setengah")
    assert take_folder(now=NOW, root=root) == FolderRun()
    assert names(root) == [] and not list((root / "working").iterdir())


def test_a_fault_of_ours_refuses_the_one_file_and_is_logged(issue, root, monkeypatch, caplog):
    real = folder_module.take_statement

    def take(data, *, file_name, **more):
        if file_name == "a.sta":
            raise ZeroDivisionError
        return real(data, file_name=file_name, **more)

    monkeypatch.setattr(folder_module, "take_statement", take)
    file = simulate_transfer(issue(), NOW)
    for name in ("a.sta", "b.sta"):
        (root / "in" / name).write_bytes(file.data)
    run = look_twice(root)
    assert (run.taken, run.refused) == (("b.sta",), ("a.sta",))
    assert "ZeroDivisionError" in caplog.text and "kesalahan program" in told(root)


def test_a_database_that_is_away_refuses_nothing(issue, root, monkeypatch):
    file = simulate_transfer(issue(), NOW)
    (root / "in" / "a.sta").write_bytes(file.data)
    take_folder(now=NOW, root=root)

    def away(*_args, **_named):
        raise OperationalError("away")

    with monkeypatch.context() as change:
        change.setattr(folder_module, "take_statement", away)
        with pytest.raises(OperationalError):
            take_folder(now=NOW, root=root)
    assert names(root / "working") == ["a.sta"] and names(root / "refused") == []
    assert take_folder(now=NOW, root=root).taken == ("a.sta",)


def test_a_file_beyond_the_bound_is_refused_before_it_is_read(root, monkeypatch):
    monkeypatch.setattr(folder_module, "MAX_XML_BYTES", 10)
    (root / "in" / "a.sta").write_bytes(b"x" * 11)
    assert look_twice(root).refused == ("a.sta",) and "MB" in told(root)

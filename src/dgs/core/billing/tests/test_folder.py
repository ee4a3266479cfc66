"""The watched folder: what is taken, what is left alone, what is explained."""

import pytest

from dgs.core.billing import api as billing
from dgs.core.billing.actions.folder import take_folder
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

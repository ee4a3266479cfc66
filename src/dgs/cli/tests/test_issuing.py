"""The verb `issue`: a file of bills is issued whole or not at all, once, and each thing wrong with it is named by its line."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from dgs.cli import arguments, issuing
from dgs.cli.console import Refused
from dgs.core.billing import api as billing
from dgs.core.billing.models import Bill, BillRun
from dgs.core.parties import api as parties

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
HEAD = "tentang;pembayar;uraian;rekening;jumlah;wilayah\n"
ACCOUNT = "4.1.02.03.03.0001"
NIB = "8120001234567"


@pytest.fixture(autouse=True)
def ground(db):
    billing.load_revenue_accounts()
    billing.load_charge_kinds()
    region = apps.get_model("regions", "Region").objects.create(code="16.07", name="Kabupaten Banyuasin", level=2)
    apps.get_model("organisations", "Office").objects.create(
        slug="bapenda", kind="revenue", name="Badan Pendapatan", short_name="Bapenda", region=region
    )
    parties.register_business(name="PT Contoh Rekaan", nib=NIB, now=timezone.now())


@pytest.fixture
def issue(tmp_path):
    def run(text, *more, due=None):
        path = tmp_path / "pbb.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        day = due or timezone.localdate() + timedelta(days=90)
        words = ["issue", str(path), "--name", "PBB 2027", "--office", "bapenda", "--kind", "tax", "--due", str(day), *more]
        return issuing.run(arguments.read(words))

    return run


def line(about="pbb:1", payer=NIB, title="PBB 2027", account=ACCOUNT, amount="150.000", region="16.07"):
    return f"{about};{payer};{title};{account};{amount};{region}\n"


def test_a_file_is_issued_once_and_a_check_keeps_nothing(issue, capsys):
    text = HEAD + line() + line("pbb:2", amount="25000", region="")
    assert issue(text, "--check") == 0
    assert "2 bills over Rp 175,000 would be issued; nothing was kept" in capsys.readouterr().out
    assert not Bill.objects.exists() and not BillRun.objects.exists()
    assert issue("\ufeff" + text) == 0
    bill = Bill.objects.get(about="pbb:1")
    assert (bill.total, bill.payer.name, bill.region, bill.kind.code) == (150_000, "PT Contoh Rekaan", "16.07", "tax")
    assert issue(text) == 0
    assert "0 bills over Rp 0 were issued. 2 were there already." in capsys.readouterr().out
    assert Bill.objects.count() == 2 and BillRun.objects.get().count == 2 and billing.check_money().ok


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + line() + line("pbb:2", payer="3201234567890123"), "line 3: nobody is registered under the number"),
        (HEAD + line(amount="0"), "line 2: “0” is no amount in whole rupiah"),
        (HEAD + line(amount="-5"), "line 2: '-5' in `jumlah` is no amount"),
        (HEAD + line(amount="1.50"), "line 2: '1.50' in `jumlah` is no amount"),
        (HEAD + line() + line(), "line 3: It is about the same as row 1"),
        (HEAD + line(account="9.9.9"), "line 2: "),
        (HEAD + line(title=""), "line 2: What it is about, or its title, is missing"),
        (HEAD + line() + "pbb:2;1;x\n", "line 3: 3 columns instead of 6"),
        (HEAD + "\n", "line 2: it is empty"),
        ("tentang;pembayar;uraian;jumlah\n", "lacks the column rekening"),
        ("", "lacks the column tentang"),
        (HEAD.encode() + b"\xff\xfe;1;x;y;1;z\n", "no CSV file in UTF-8"),
        (HEAD + '"pbb:1;1;x;y;1;z\n', "no CSV file in UTF-8"),
    ],
)
def test_what_is_wrong_is_named_by_its_line_and_nothing_is_issued(issue, text, said):
    with pytest.raises(Refused) as refused:
        issue(text)
    assert said in str(refused.value) and "3201234567890123" not in str(refused.value)
    assert not Bill.objects.exists() and not BillRun.objects.exists()


def test_an_unknown_office_account_kind_or_a_day_that_is_over_is_refused(issue, tmp_path):
    text = HEAD + line()
    for more, said in (
        (("--office", "nowhere"), "no office"), (("--by", "nobody@contoh.test"), "no account"), (("--kind", "gift"), "gift"),
    ):
        with pytest.raises(Refused, match=said):
            issue(text, *more)
    with pytest.raises(Refused, match="is over"):
        issue(text, due="2020-01-01")
    with pytest.raises(Refused, match="No such file"):
        words = ["issue", str(tmp_path / "none"), "--name", "x", "--office", "bapenda", "--due", "2099-01-01"]
        issuing.run(arguments.read(words))
    assert not Bill.objects.exists()


def test_without_the_keys_nothing_is_begun(issue, monkeypatch):
    monkeypatch.delenv("DGS_AUDIT_KEY")
    with pytest.raises(Refused, match="DGS_AUDIT_KEY"):
        issue(HEAD + line())
    assert not BillRun.objects.exists()


def test_thousands_of_payers_are_found_by_a_few_queries(django_assert_num_queries):
    with django_assert_num_queries(3):
        assert parties.parties_of([NIB, "x", "", *(f"{n:016}" for n in range(6000))]).keys() == {NIB}

"""The verbs and their options; standard library only, because the launcher reads this before .venv is there."""

from __future__ import annotations

import argparse
from datetime import date

VERBS = {
    "demo": "start everything on this machine with invented people and cases",
    "serve": "start the web server for production (settings from the environment only)",
    "worker": "run queued work: messages, documents, clocks",
    "migrate": "bring the database to the shape this version needs",
    "test": "run the test suite, the import walls and the style checks",
    "bench": "fill 200,000 cases and measure the pages; or `bench` with access, persons, audit, messages and others",
    "simulate": "play a bank with all its faults, and compare its book with ours to the rupiah",
    "walkthrough": "play the whole job over HTTP against a running instance",
    "signing-key": "change the key with which DGS signs for the offices' applications",
    "load": "load or renew reference data: regions, holidays, offices, roles, services",
    "issue": "issue bills for a whole file by one act, such as a year's tax",
    "reminders": "what a day will remind people of: how many of each kind, whom and in which words",
    "audit": "verify or export the chained record of acts and readings, and check that all money adds up",
    "keys": "put what is encrypted under the newest key, while everything runs; say what still needs an older one",
    "api-token": "make a bearer token for the API",
    "user": "invite, list and disable staff accounts, set a password",
}
PASSED_ON = {"bench", "walkthrough"}
LOADS = ("regions", "holidays", "offices", "roles", "services")


def parser() -> argparse.ArgumentParser:
    """The whole command line with help for each verb."""
    top = argparse.ArgumentParser(prog="dgs", description="Digital Government Service", add_help=True)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    made = {
        verb: verbs.add_parser(verb, help=line, description=line[0].upper() + line[1:] + ".", add_help=verb not in PASSED_ON)
        for verb, line in VERBS.items()
    }

    demo = made["demo"]
    demo.add_argument("--data", metavar="DIR", help="where the demo keeps everything (default: data in the checkout)")
    demo.add_argument("--port", type=_port, default=8000, help="port of the web server on this machine (default: 8000)")
    demo.add_argument("--region", choices=("banyuasin", "medan", "banten"), help="whose government it is (default: banyuasin)")
    demo.add_argument("--fresh", action="store_true", help="delete what an earlier demo left in the data folder and start over")

    serve = made["serve"]
    serve.add_argument("--bind", default="127.0.0.1:8000", help="address and port, or unix:/path (default: 127.0.0.1:8000)")
    serve.add_argument("--workers", type=_count, default=0, help="processes (default: one more than there are processors)")
    serve.add_argument("--threads", type=_count, default=4, help="threads in each process (default: 4)")
    serve.add_argument("--check", action="store_true", help="only say whether it would start")

    made["worker"].add_argument("--concurrency", type=_count, default=1, help="jobs at the same time (default: 1)")
    made["worker"].add_argument("--once", action="store_true", help="stop when the queue is empty")

    made["migrate"].add_argument("--check", action="store_true", help="only say whether something is to be done; exit 1 if so")

    test = made["test"]
    test.add_argument("--browser", action="store_true", help="run the browser journeys instead of the other tests")
    test.add_argument("--gateway", action="store_true", help="run the tests with a real SMS gateway (Kannel) instead")
    test.epilog = "Everything else is handed to pytest, such as a path, -k WORDS or -x."

    load = made["load"]
    load.add_argument("what", choices=LOADS, nargs="+", help="what to load; what is there already stays as it is")

    issue = made["issue"]
    issue.add_argument("file", metavar="FILE", help="CSV file; its columns are in docs/howto/issue-many-bills.md")
    issue.add_argument("--name", required=True, help="what the run is called, such as 'PBB-P2 2027'")
    issue.add_argument("--office", required=True, help="the slug of the office whose bills they are")
    issue.add_argument("--due", type=_day, required=True, metavar="DAY", help="the day they fall due, such as 2027-09-30")
    issue.add_argument("--kind", default="fee", help="what is asked when it is late: tax, retribution or fee (default: fee)")
    issue.add_argument("--by", metavar="USER", default="", help="the account in whose name it is written down")
    issue.add_argument("--check", action="store_true", help="issue nothing; only say whether it could be done")

    made["reminders"].add_argument("--on", type=_day, metavar="DATE", help="today or a day to come, such as 2027-09-30")
    made["reminders"].add_argument("--all", action="store_true", help="each one, its address shortened, with its words")

    audit = made["audit"].add_subparsers(dest="act", metavar="ACT", required=True)
    audit.add_parser("money", help="compare every bill, bank line, payment and ledger account; exit 1 when a rupiah is missing")
    verify = audit.add_parser("verify", help="recompute every chain; exit 1 when a row was edited, deleted or re-ordered")
    verify.add_argument("--roots", metavar="FILE", help="compare with published roots that were kept (/akar-audit.json)")
    export = audit.add_parser("export", help="write what was sealed to a file for tools/verify_audit.py, which needs no DGS")
    export.add_argument("file", metavar="FILE", help="a new file, such as audit.jsonl.gz; it holds personal facts")
    export.add_argument("--from", dest="since", type=_day, metavar="DAY", help="first day (default: from the beginning)")
    export.add_argument("--to", dest="until", type=_day, metavar="DAY", help="last day (default: all that was sealed)")
    proof = audit.add_parser("proof", help="print the proof that one row stands in a published root, as JSON")
    proof.add_argument("row", type=_count, metavar="ROW", help="the row's id")

    keys = made["keys"].add_subparsers(dest="act", metavar="ACT", required=True)
    keys.add_parser("rotate", help="put everything under the first of DGS_FIELD_KEYS; can be stopped and run again")
    keys.add_parser("check", help="exit 1 while anything needs an older key, which must then stay")

    bank = made["simulate"].add_subparsers(dest="act", metavar="ACT", required=True).add_parser(
        "bank", help="exit 1 when a rupiah is lost or doubled, or an answer is wrong; without --url against a DGS of its own"
    )
    bank.add_argument("--url", default="", help="a running demo on this machine, such as http://127.0.0.1:8000")
    bank.add_argument("--data", metavar="DIR", default="", help="the running demo's data folder, with --url")
    bank.add_argument("--days", type=_count, default=5, help="1 to 14, up to today (default: 5)")
    bank.add_argument("--bills", type=_count, default=200, help="1 to 50,000 (default: 200)")
    bank.add_argument("--seed", type=int, default=7, help="the same seed plays the same acts (default: 7)")
    bank.add_argument("--faults", default="all", help="all, none, or names with commas (docs/reference/simulated-bank.md)")
    bank.add_argument("--clients", type=_count, default=8, help="bills dealt with at the same time (default: 8)")
    bank.add_argument("--kill", action="store_true", help="kill web workers, the worker and database connections meanwhile")

    signing = made["signing-key"].add_subparsers(dest="act", metavar="ACT", required=True).add_parser(
        "rotate", help="let the next key sign; the nightly job does it every 90 days"
    )
    signing.add_argument("--urgent", action="store_true", help="at once, because the key is no longer secret")

    token = made["api-token"]
    token.add_argument("user", metavar="USER", help="the account's e-mail address or phone number")
    token.add_argument("--name", default="", help="what the token is for")
    token.add_argument("--days", type=_count, default=365, help="how long it is valid (default: 365)")

    user = made["user"].add_subparsers(dest="act", metavar="ACT", required=True)
    invite = user.add_parser("invite", help="make the first administrator's account, or with --by send a link by e-mail")
    invite.add_argument("email")
    invite.add_argument("--name", required=True)
    invite.add_argument("--role", required=True, help="such as clerk, verifier, head, administrator")
    invite.add_argument("--office", default="", help="the office's slug; none means every office")
    invite.add_argument("--by", metavar="USER", default="", help="the administrator in whose name the link is sent")
    user.add_parser("list", help="accounts of staff with their roles")
    for act, line in (
        ("disable", "close an account; its history stays"),
        ("password", "set a password, asked on the terminal"),
        ("second-step-off", "take the second step off an account whose phone and recovery codes are lost"),
    ):
        user.add_parser(act, help=line).add_argument("user", metavar="USER", help="the account's e-mail address or phone number")
    return top


def read(argv: list[str]) -> argparse.Namespace:
    """The options; `rest` holds what is handed on (test, bench and walkthrough only). Leaves with 2 on a mistake."""
    top = parser()
    options, rest = top.parse_known_args(argv)
    if rest and options.verb not in PASSED_ON | {"test"}:
        top.error("unrecognised: " + " ".join(rest))
    options.rest = rest
    return options


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written as 2027-09-30") from None


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number

"""`./dgs walkthrough`: plays the whole job over HTTP against a running demo as citizen, officers, bank and verifier.

It knows no shortcut: every step is a page opened and a form sent, as a browser without JavaScript would. The examples of
the service definitions say what is filled in and which way the case must go.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from dgs.cli.browsing import Page, Visitor, WalkFailed
from dgs.cli.console import Refused, checkout, say
from dgs.cli.filling_in import form_values
from dgs.cli.made_up import blank_pdf, blank_png

PATIENCE = 60.0


def run(options: argparse.Namespace) -> int:
    """The verb: parse what was handed on and walk."""
    return main(options.rest)


def main(argv: list[str] | None = None) -> int:
    """Walk through every service; 0 when each step was as it must be, 1 at the first that was not."""
    parser = argparse.ArgumentParser(prog="dgs walkthrough", description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running demo (default: %(default)s)")
    parser.add_argument("--data", default="", help="the demo's data folder, for its accounts (default: data/)")
    parser.add_argument("--service", default="", help="only the service of this slug")
    parser.add_argument("--out", default="", help="where the signed PDFs go (default: walkthrough/ in the data folder)")
    options = parser.parse_args(argv)
    data = Path(options.data or checkout() / "data")
    try:
        accounts = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))["accounts"]
    except OSError:
        raise Refused(
            f"{data}/demo-accounts.json is not there: name the running demo's data folder by --data."
        ) from None
    _prepare_django(data)
    out = Path(options.out or data / "walkthrough")
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    walks = 0
    try:
        for definition in _definitions():
            if options.service in ("", definition.slug):
                Walk(options.url, accounts, definition, out).go()
                walks += 1
    except WalkFailed as failed:
        say(f"\nFAILED: {failed}")
        return 1
    if not walks:
        raise Refused(f"There is no service {options.service!r}.")
    say(f"\nAll {walks} services walked through in {time.monotonic() - began:.1f} s; the signed PDFs lie in {out}")
    return 0


def _prepare_django(data: Path) -> None:
    """Definitions are read with Django's texts; no database is opened."""
    import os

    os.environ.setdefault("DATABASE_URL", "postgres:///none")
    os.environ.setdefault("DGS_DATA_DIR", str(data))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dgs.config.settings")
    import django

    django.setup()


def _definitions() -> list:
    from dgs.core.services import api as services
    from dgs.kernel import registry

    return [services.load_folder(folder) for _subsystem, folder in registry.service_folders()]


class Walk:
    """One application from the first page to the check of the signed document."""

    def __init__(self, url: str, accounts: list[dict], definition, out: Path) -> None:
        self.url, self.accounts, self.definition, self.out = url, accounts, definition, out
        self.example = _example(definition)
        self.staff: dict[str, Visitor] = {}
        self.villages: list[str] = []
        self.reference = ""

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Time one step and print it."""
        remarks: list[str] = []
        began = time.monotonic()
        yield remarks
        say(f"  {title:<58} {1000 * (time.monotonic() - began):7.0f} ms  {' '.join(remarks)}")

    def go(self) -> None:
        """The whole way."""
        say(f"\n{self.definition.title.id}: {self.example.name}")
        with self.step("citizen signs in"):
            # The second invented citizen represents the demo's business, the first one does not.
            citizens = [account for account in self.accounts if account["role"] == "citizen"]
            self.citizen = self._sign_in(citizens[-1 if self.example.applicant == "business" else 0])
            masked = re.search(r"(\d{4})\*+(\d{4})", self.citizen.get("/akun/profil").text)
            if not masked:
                raise WalkFailed("the profile does not show the masked NIK")
            self.nik = masked.groups()
        with self.step("citizen finds the service"):
            page = self.citizen.get(f"/layanan?q={urllib.parse.quote(self.definition.title.id)}")
            self._must(page, self.definition.title.id)
            self._must(self.citizen.get(f"/layanan/{self.definition.slug}"), self.definition.title.id)
        with self.step("citizen fills in and sends") as remarks:
            self._apply()
            remarks.append(self.reference)
        with self.step("anybody tracks by reference and four digits"):
            self._track()
        acts = list(self.example.acts)
        position = 0
        for act in acts:
            while position < len(self.example.route) - 1 and not self._state(position).action(act) and act != "paid":
                position += 1
            if act == "paid":
                position = next(
                    i for i in range(position, len(self.example.route)) if self._state(i).auto == "issue_bill"
                )
                self._pay()
            else:
                self._act(self._state(position), act)
            position += 1
            self._await(position)
        with self.step("case is closed as granted"):
            self._wait_for(self._state(len(self.example.route) - 1).public.id)
        self._check_document()
        with self.step("messages went out"):
            self._must(Visitor(self.url).get("/pesan?q=" + self.reference), self.reference)

    def _state(self, position: int):
        return self.definition.workflow.states[self.example.route[position]]

    def _account(self, role: str, kind: str = "") -> dict:
        for account in self.accounts:
            if account["role"] == role and (not kind or account["office_kind"] == kind):
                return account
        raise WalkFailed(f"the demo has no account with the role {role} at an office of the kind {kind}")

    def _sign_in(self, account: dict) -> Visitor:
        visitor = Visitor(self.url)
        page = visitor.get("/akun/masuk")
        page = visitor.send(
            page, page.form_with("password"), {"login": account["username"], "password": account["password"]}
        )
        if "/akun/masuk" in page.path:
            raise WalkFailed(f"{account['username']} could not sign in: {page.text[:300]}")
        return visitor

    def _officer(self, role: str, kind: str = "") -> Visitor:
        account = self._account(role, kind)
        if account["username"] not in self.staff:
            self.staff[account["username"]] = self._sign_in(account)
        return self.staff[account["username"]]

    def _must(self, page: Page, text: str) -> None:
        if " ".join(text.split()) not in page.text:
            raise WalkFailed(f"{page.url} does not say {text!r} but: {page.text[:600]}")

    def _answers(self, values) -> dict:
        """Answers of the example with its tokens (@village:1, @today-3, @file:…) replaced by those of the running demo."""
        from django.utils import timezone

        from dgs.core.services import api as services

        return services.example_values(
            dict(values), villages=self._villages(), today=timezone.localdate(), file=lambda name: {"name": name}
        )

    def _villages(self) -> list[str]:
        """Some villages of the home region, found as a citizen would: by the look-up."""
        if not self.villages:
            for letters in ("ke", "su", "ta", "pa"):
                within = f"{self.nik[0][:2]}.{self.nik[0][2:]}"
                query = urllib.parse.urlencode({"q": letters, "level": "village", "within": within})
                page = self.citizen.get(f"/wilayah/cari?{query}", headers={"Accept": "application/json"})
                self.villages += [place["code"] for place in json.loads(page.body)["results"]]
        if not self.villages:
            raise WalkFailed("the look-up finds no village of the home region")
        return self.villages

    def _apply(self) -> None:
        page = self.citizen.get(f"/ajukan/{self.definition.slug}")
        form = page.form_with("applicant")
        if self.example.applicant == "business":
            wanted = next((v for v in re.findall(rb'name="applicant" value="(\d+)"', page.body)), None)
            if wanted is None:
                raise WalkFailed("the citizen represents no business")
            page = self.citizen.send(page, form, {"applicant": wanted.decode()})
        else:
            page = self.citizen.send(page, form, {"applicant": "person"})
        values = self._answers(self.example.data)
        for _page in range(30):
            if page.path.endswith("/periksa"):
                break
            step = self.definition.form.step(page.path.rsplit("/", 1)[-1])
            if step is None:
                raise WalkFailed(f"unexpected page {page.url}: {page.text[:300]}")
            for _try in range(3):
                # Without JavaScript a question that depends on another one appears when the page was sent once.
                form = page.form_with("saved")
                asked = [f for f in step.fields if any(n == f.id or n.startswith(f"{f.id}-") for n in form.names)]
                kept = {n for n in form.names if n.endswith("-kept")}
                files = _files([f for f in asked if f"{f.id}-kept" not in kept], values)
                page = self.citizen.send(page, form, form_values(asked, values), files=files or None, expected=None)
                if page.status == 200:
                    break
            else:
                raise WalkFailed(f"step {step.id} was refused ({page.status}): {page.text[:1500]}")
        page = self.citizen.send(page, page.form_with("consent"), {"consent": "yes"})
        found = re.search(r"/permohonan/([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})", page.url)
        if not found:
            raise WalkFailed(f"the application was not taken: {page.url} {page.text[:900]}")
        self.reference = found[1]
        self._must(page, self._state(0).public.id)

    def _track(self) -> None:
        visitor = Visitor(self.url)
        page = visitor.get("/lacak")
        page = visitor.send(page, page.form_with("four"), {"reference": self.reference.lower(), "four": self.nik[1]})
        self._must(page, self._state(0).public.id)
        page = visitor.get("/lacak")
        visitor.send(page, page.form_with("four"), {"reference": self.reference, "four": "0000"}, expected=404)
        Visitor(self.url).get(f"/permohonan/{self.reference}", expected=None)

    def _act(self, state, act: str) -> None:
        action = state.action(act)
        if state.holder == "applicant" or action.kind == "withdraw":
            with self.step(f"citizen: {action.title.id}"):
                self._mend()
            return
        kind = self.definition.office_kind if state.office == "owner" else state.office
        with self.step(f"{state.holder} ({kind}): {action.title.id}"):
            officer = self._officer(state.holder, kind)
            page = officer.get(f"/meja/berkas/{self.reference}")
            claim = next((f for f in page.forms if f.action.endswith("/ambil")), None)
            if claim and "release" not in claim.names:
                page = officer.send(page, claim, {})
            page = officer.get(f"/meja/berkas/{self.reference}/aksi/{act}")
            form = page.form_with("seq")
            findings = self._answers(self.example.findings)
            values: list[tuple[str, str]] = form_values(action.fields, findings)
            if action.kind == "correct":
                for field_id in self.example.corrections:
                    values += [(f"mark-{field_id}", "1"), (f"why-{field_id}", "Contoh: mohon diperbaiki.")]
            if action.note == "required" or action.kind == "refuse":
                values.append(("note", "Contoh catatan petugas."))
            files = _files(action.fields, findings)
            page = officer.send(page, form, values, files=files or None, expected=None)
            if page.status != 200:
                raise WalkFailed(f"{act} was refused ({page.status}): {page.text[:900]}")

    def _mend(self) -> None:
        page = self.citizen.get(f"/permohonan/{self.reference}/perbaiki")
        form = page.form_with("sent")
        fields = [self.definition.form.field(field_id) for field_id in self.example.corrections]
        corrections = self._answers(self.example.corrections)
        values = form_values(fields, corrections)
        page = self.citizen.send(page, form, values, files=_files(fields, corrections) or None, expected=None)
        if page.status != 200:
            raise WalkFailed(f"the corrections were refused ({page.status}): {page.text[:900]}")

    def _pay(self) -> None:
        from django.utils import timezone

        from dgs.core.billing import api as billing

        with self.step("citizen opens the bill") as remarks:
            page = self.citizen.get(f"/permohonan/{self.reference}")
            link = next((a for a in page.links if a.startswith("/tagihan/")), None)
            if link is None:
                raise WalkFailed(f"{page.url} shows no bill: {page.text[:600]}")
            bill = self.citizen.get(link)
            code = re.search(r"Kode bayar\D{0,20}([0-9][0-9 ]{8,20}[0-9])", page.text)
            amount = re.search(r"Rp.([\d.]+)", bill.text)
            if not (code and amount):
                raise WalkFailed(f"{bill.url} shows no payment code or amount: {bill.text[:600]}")
            rupiah = int(amount[1].replace(".", ""))
            if rupiah != self.example.fee:
                raise WalkFailed(f"the bill is Rp {rupiah}, the example says {self.example.fee}")
            remarks.append(f"Rp {rupiah:,}".replace(",", "."))
        with self.step("bank's statement is taken by the treasurer"):
            treasurer = self._officer("treasurer")
            page = treasurer.get("/bendahara/mutasi")
            form = next(f for f in page.forms if "file" in f.names.values())
            name = next(n for n, kind in form.names.items() if kind == "file")
            account = _account_number(page)
            statement = billing.write_transfer(
                code=re.sub(r"\D", "", code[1]), amount=rupiah, account=account, opening=_closing(page), now=timezone.now()
            )
            page = treasurer.send(
                page, form, {}, files=[(name, statement.file_name, statement.data, "text/plain")], expected=None
            )
            if page.status != 200:
                raise WalkFailed(f"the statement was refused ({page.status}): {page.text[:600]}")

    def _await(self, position: int) -> None:
        """Until the case is where the example says; automatic states may already have been passed."""
        sentences = [self._state(i).public.id for i in range(position, len(self.example.route))][:3]
        if sentences:
            self._wait_for(*sentences)

    def _wait_for(self, *sentences: str) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            page = self.citizen.get(f"/permohonan/{self.reference}")
            if any(" ".join(s.split()) in page.text for s in sentences):
                return
            if time.monotonic() > until:
                raise WalkFailed(f"{page.url} does not come to {sentences[0]!r}: {page.text[:600]}")
            time.sleep(0.25)

    def _check_document(self) -> None:
        with self.step("citizen downloads the signed document") as remarks:
            page = self.citizen.get(f"/permohonan/{self.reference}")
            link = next((a for a in page.links if a.startswith("/dokumen/")), None)
            verify = next((a for a in page.links if a.startswith("/verifikasi/")), None)
            if not (link and verify):
                raise WalkFailed(f"{page.url} offers no document: {page.text[:600]}")
            pdf = self.citizen.get(link)
            if not pdf.body.startswith(b"%PDF-"):
                raise WalkFailed(f"{pdf.url} is not a PDF")
            path = self.out / f"{self.definition.slug}-{self.reference}.pdf"
            path.write_bytes(pdf.body)
            remarks.append(str(path))
        code = verify.rsplit("/", 1)[-1]
        with self.step("verifier opens the code"):
            said = json.loads(Visitor(self.url).get(f"/api/v1/verify/{code}").body)
            if said.get("kind", said.get("verdict")) != "genuine":
                raise WalkFailed(f"the API says of {code}: {said}")
            Visitor(self.url).get(verify)
        with self.step("verifier uploads the PDF, then an altered one"):
            genuine = self._upload(pdf.body)
            where = pdf.body.find(b"stream") + 20
            altered = pdf.body[:where] + bytes([pdf.body[where] ^ 1]) + pdf.body[where + 1 :]
            changed = self._upload(altered)
            if genuine.text == changed.text:
                raise WalkFailed("the altered PDF is judged like the genuine one")

    def _upload(self, content: bytes) -> Page:
        visitor = Visitor(self.url)
        page = visitor.get("/verifikasi")
        form = next(f for f in page.forms if "file" in f.names.values())
        name = next(n for n, kind in form.names.items() if kind == "file")
        return visitor.send(page, form, {}, files=[(name, "surat.pdf", content, "application/pdf")], expected=None)


def _example(definition):
    """The example that is walked: one that is granted, with a correction on its way if there is one."""
    states = definition.workflow.states
    granted = [e for e in definition.examples if states[e.route[-1]].outcome == "granted" and "expire" not in e.acts]
    if not granted:
        raise WalkFailed(f"{definition.slug} has no example that is granted")
    return next((e for e in granted if e.corrections), granted[0])


def _account_number(page: Page) -> str:
    found = re.search(r"\b(\d{10,16})\b", page.text)
    if not found:
        raise WalkFailed(f"{page.url} names no bank account")
    return found[1]


def _closing(page: Page) -> Decimal:
    """Where the last statement of the bank ended, which is where the next one begins."""
    found = re.search(r'data-closing="([0-9.]+)"', page.body.decode(errors="replace"))
    return Decimal(found[1]) if found else Decimal(0)


def _files(fields, values) -> list[tuple[str, str, bytes, str]]:
    """A small real file for each file question that the example answers."""
    found = []
    for field in fields:
        if field.type == "file" and values.get(field.id):
            for number in range(max(1, len(values[field.id]))):
                if "pdf" in field.accept:
                    found.append((field.id, f"{field.id}-{number + 1}.pdf", blank_pdf(), "application/pdf"))
                else:
                    found.append((field.id, f"{field.id}-{number + 1}.png", blank_png(), "image/png"))
    return found


if __name__ == "__main__":
    sys.exit(main())

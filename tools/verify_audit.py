#!/usr/bin/env python3
"""Checks an export of a DGS audit record without DGS, without its key, without its database: only Python 3.9 or newer.

    python3 verify_audit.py EXPORT.jsonl.gz [--roots ROOTS.json] [--tsa-cert CA.pem]
    python3 verify_audit.py --proof PROOF.json --roots ROOTS.json

ROOTS.json is what you (or somebody you trust) downloaded from the public page /akar-audit.json, at the time; without it
only the file itself is checked, and a record that was rewritten as a whole looks sound. How and why:
docs/howto/check-the-audit-record.md.
Ends with 0 (in order), 1 (something is wrong, said in one line each) or 2 (could not be checked).
"""

import argparse
import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib
from hashlib import sha256

BEGINNING = "0" * 64
MOST = 100


def leaf(line):
    """A leaf of a tree (RFC 6962): SHA-256 over a zero byte and the line."""
    return sha256(b"\0" + line).digest()


def root_of(hashes):
    """The root of a tree: neighbours are hashed after a byte 1; the last of an odd number goes up as it is."""
    level = list(hashes)
    while len(level) > 1:
        above = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2])]
        level = above + level[-1:] if len(level) % 2 else above
    return level[0].hex() if level else sha256(b"").hexdigest()


def up(start, path):
    """The root that a leaf leads to over the hashes beside its way."""
    here = start
    for side, other in path:
        other = bytes.fromhex(other)
        here = sha256(b"\1" + (other + here if side == "left" else here + other)).digest()
    return here.hex()


def part_line(part):
    """The line of what a batch holds of one lane, as it is hashed."""
    lane, first, last, rows, root = part
    return f'[{lane},{first},{last},{rows},"{root}"]'.encode()


def batch_digest(b):
    """The digest of a batch: over its own line, in which the digest of the batch before it stands."""
    line = f'[{b["batch"]},"{b["sealed_at"]}",{b["rows"]},{b["total"]},"{b["root"]}","{b["previous"]}"]'
    return sha256(b"\2" + line.encode()).hexdigest()


class Check:
    """One pass over an export; holds the hashes of one batch, never its rows."""

    def __init__(self, roots):
        self.roots = roots
        self.wrong = []
        self.batch, self.leaves, self.places = None, [], []
        self.digests, self.lanes, self.tokens = {}, {}, []
        self.number = self.rows = self.total = self.days = 0
        self.previous, self.is_partial, self.until, self.ended = BEGINNING, False, None, False
        self.compared = set()

    def say(self, sentence):
        """One more thing that is wrong."""
        if len(self.wrong) < MOST:
            self.wrong.append(sentence)

    def read(self, lines):
        """Every line of the export: objects say what is to come, lists are rows."""
        for number, line in enumerate(lines, 1):
            line = line.rstrip(b"\n")
            if line[:1] == b"[":
                self.row(line, number)
                continue
            told = json.loads(line)
            if number == 1:
                self.begin(told)
                continue
            self.close()
            if "batch" in told:
                self.open(told)
            elif "end" in told:
                self.ended = True
                if (told["batches"], told["rows"], told["roots"]) != (len(self.digests), self.rows, self.days):
                    self.say("The last line counts other batches, rows or roots than the file holds.")
            else:
                self.root(told["root"])
        if not self.ended:
            self.say("The file ends in the middle: its last line is missing.")
        if not self.digests:
            self.say("The file holds no batch.")
        first, last = min(self.digests, default=0), max(self.digests, default=0)
        for day, told in sorted(self.roots.items()):
            if day not in self.compared and first <= told["batch"] <= last:
                self.published(day, told["batch"])
            elif told["batch"] > last and self.until is None:
                self.say(f"The root published for {day} is of batch {told['batch']}; the record ends with {last}: it was cut.")
        if self.roots and not self.compared:
            self.say("None of the kept roots lies in this file: it could be compared with nothing.")

    def begin(self, told):
        """The first line: where the export begins."""
        if told.get("dgs_audit_export") != 1:
            raise ValueError("this is no export of a DGS audit record")
        self.number, self.previous, self.total = told["first_batch"] - 1, told["previous"], told["total_before"]
        self.lanes = {int(lane): last for lane, last in told["lanes_before"].items()}
        self.is_partial, self.until = self.number > 0, told["until"]
        if not self.is_partial and (self.previous != BEGINNING or self.total or self.lanes):
            self.say("The export says that it begins with the first batch, but also that something was before it.")
        for day, kept in self.roots.items():
            if self.is_partial and kept["batch"] == self.number:
                self.compared.add(day)
                if kept["digest"] != self.previous:
                    self.say(f"The export does not follow from the root that was published for {day}.")

    def open(self, b):
        """A batch: its digest, its place in the chain, and its parts' places in their lanes."""
        number = b["batch"]
        if number != self.number + 1:
            self.say(f"Batches {self.number + 1} to {number - 1} are missing." if number > self.number else
                     f"Batch {number} stands after batch {self.number}.")
        elif b["previous"] != self.previous:
            self.say(f"Batch {number} does not follow from the batch before it.")
        if batch_digest(b) != b["digest"]:
            self.say(f"Batch {number} was edited: its digest does not fit what it says.")
        if root_of([leaf(part_line(part)) for part in b["parts"]]) != b["root"]:
            self.say(f"Batch {number} was edited: its root does not fit its parts.")
        follows = number == self.number + 1
        if b["rows"] != sum(part[3] for part in b["parts"]) or (follows and b["total"] != self.total + b["rows"]):
            self.say(f"Batch {number} counts its rows wrongly.")
        for lane, first, last, rows, _root in b["parts"]:
            reached = self.lanes.get(lane, 0)
            if first != reached + 1:
                self.say(f"Batch {number} goes on in lane {lane} with row {first}; sealed before: up to row {reached}.")
            if rows != last - first + 1:
                self.say(f"When batch {number} was sealed, {rows} of rows {first} to {last} of lane {lane} were there.")
            self.lanes[lane] = last
        self.number, self.previous, self.total = number, b["digest"], b["total"]
        self.digests[number] = b["digest"]
        self.batch, self.leaves, self.places = b, [], []

    def row(self, line, number):
        """A row: its leaf and its place."""
        self.rows += 1
        if self.batch is None:
            self.say(f"Line {number} is a row outside of any batch.")
            return
        lane, seq, _rest = line[1:80].split(b",", 2)
        self.places.append((int(lane), int(seq)))
        self.leaves.append(leaf(line))

    def close(self):
        """The end of a batch's rows: each part must hold exactly its rows, in order, with the root that was sealed."""
        if self.batch is None:
            return
        number, at = self.batch["batch"], 0
        for lane, first, last, rows, root in self.batch["parts"]:
            upto = at
            while upto < len(self.places) and self.places[upto][0] == lane and self.places[upto][1] <= last:
                upto += 1
            seqs = [seq for _lane, seq in self.places[at:upto]]
            if rows == last - first + 1 and seqs != list(range(first, last + 1)):
                there = set(seqs)
                gone = [seq for seq in range(first, last + 1) if seq not in there]
                self.say(f"Lane {lane}, rows {first} to {last} (batch {number}): " +
                         (f"row {gone[0]} is missing ({len(gone)} in all)." if gone else "they are not in their order."))
            elif root_of(self.leaves[at:upto]) != root:
                self.say(f"Lane {lane}, rows {first} to {last} (batch {number}): a row was edited, replaced or moved.")
            at = upto
        if at != len(self.places):
            lane, seq = self.places[at]
            self.say(f"Batch {number} holds rows that it did not seal, the first is row {seq} of lane {lane}.")
        self.batch = None

    def root(self, told):
        """A day's root in the export: that of its batch, and the one that was published."""
        self.days += 1
        day = told["day"]
        if self.digests.get(told["batch"]) != told["digest"]:
            self.say(f"The root of {day} is not the digest of batch {told['batch']}.")
        self.published(day, told["batch"])
        if told.get("token"):
            self.tokens.append((day, told["digest"], base64.b64decode(told["token"])))

    def published(self, day, batch):
        """Compare with the roots that were kept, if there are any."""
        kept = self.roots.get(day)
        if kept is None:
            return
        self.compared.add(day)
        if self.digests.get(batch) != kept["digest"] or batch != kept["batch"]:
            self.say(f"The root published for {day} is another than that of this export: the record was rewritten since.")


def check_tokens(check, certificate):
    """Ask `openssl ts -verify` about each time stamp; how many were right."""
    right = 0
    for day, digest, token in check.tokens:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(token)
        try:
            asked = ["openssl", "ts", "-verify", "-digest", digest, "-token_in", "-in", file.name, "-CAfile", certificate]
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=60)
        finally:
            os.unlink(file.name)
        right += answer.returncode == 0
        if answer.returncode:
            reason = (answer.stderr.strip().splitlines() or ["openssl refuses it"])[-1]
            check.say(f"The time stamp of {day} is not right: {reason}")
    return right


def check_proof(told, roots):
    """What is wrong with the proof that one row is in a published root."""
    chain, row = told["batches"], told["row"].encode()
    lane, first, last, _rows, part_root = json.loads(told["part"])
    of_lane, seq = json.loads(told["row"])[:2]
    if up(leaf(row), told["path"]) != part_root or of_lane != lane or not first <= seq <= last:
        yield "The row is not in the part."
    if up(leaf(told["part"].encode()), told["part_path"]) != chain[0]["root"]:
        yield f"The part is not in batch {chain[0]['batch']}."
    for before, b in zip([None, *chain], chain):
        if batch_digest(b) != b["digest"] or (before and b["previous"] != before["digest"]):
            yield f"Batch {b['batch']} does not follow from the batch before it."
    day = told["root"]["day"]
    if day not in roots:
        yield f"The kept roots hold none for {day}."
    elif not roots[day]["digest"] == told["root"]["digest"] == chain[-1]["digest"]:
        yield f"The root published for {day} is another."


def main():
    """Read what was asked for, check it, say what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("export", nargs="?", help="the file of ./dgs audit export")
    asked.add_argument("--roots", metavar="FILE", help="published roots that you kept (JSON)")
    asked.add_argument("--proof", metavar="FILE", help="check the proof of one row instead (with --roots)")
    asked.add_argument("--tsa-cert", metavar="FILE", help="certificate of the time-stamping authority, in PEM; needs openssl")
    options = asked.parse_args()
    if bool(options.export) == bool(options.proof) or (options.proof and not options.roots):
        asked.error("name an export, or --proof with --roots")
    try:
        roots = {}
        if options.roots:
            with open(options.roots, encoding="utf-8") as file:
                roots = {told["day"]: told for told in json.load(file)["roots"]}
        if options.proof:
            with open(options.proof, encoding="utf-8") as file:
                wrong = list(check_proof(json.load(file), roots))
            print("\n".join(wrong) or "IN ORDER: the row stands in the published root.")
            return 1 if wrong else 0
        check = Check(roots)
        with (gzip.open if options.export.endswith(".gz") else open)(options.export, "rb") as file:
            try:
                check.read(file)
            except (EOFError, zlib.error):
                check.say("The file ends in the middle.")
        stamps = check_tokens(check, options.tsa_cert) if options.tsa_cert else None
    except (OSError, ValueError, KeyError, TypeError, IndexError, subprocess.TimeoutExpired) as error:
        print(f"NOT CHECKED: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    for sentence in check.wrong:
        print(sentence)
    since = f" (from batch {min(check.digests, default=0)} on; what was before is not in this file)" if check.is_partial else ""
    print(f"{len(check.digests)} batches, {check.rows} rows, {check.days} roots{since}")
    print(f"{len(check.compared)} of {len(roots)} kept roots were compared; others lie outside of this file." if options.roots
          else "NOT compared with published roots (--roots): a record rewritten as a whole would look the same.")
    print(f"{stamps} of {len(check.tokens)} time stamps are right." if stamps is not None else
          f"{len(check.tokens)} time stamps were not checked (--tsa-cert).")
    print("SOMETHING IS WRONG." if check.wrong else "IN ORDER.")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Compiles one letter in a process of its own, for letter sources may be hostile; no Django here.

Called as `letter_child.py SEARCH_PATH ROOT`; standard input is JSON with `data` (may be changed: characters the
font cannot show become "?") and `timestamp`. Writes "PDF" and the file, or "ERR" and JSON with line and message.
"""

import json
import os
import re
import resource
import sys

resource.setrlimit(resource.RLIMIT_AS, (1536 * 1024 * 1024, 1536 * 1024 * 1024))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

sys.path.extend(place for place in sys.argv[1].split(os.pathsep) if place not in sys.path)

import typst  # noqa: E402

UNSHOWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
PLACE = re.compile(r"([\w./-]*\.typ):(\d+):")


def main() -> None:
    """One letter in, one answer out."""
    root = sys.argv[2]
    job = json.load(sys.stdin)
    data = json.dumps(job["data"], ensure_ascii=False)
    for _round in range(8):
        with open(os.path.join(root, "data.json"), "w", encoding="utf-8") as file:
            file.write(data)
        try:
            pdf = typst.compile(
                os.path.join(root, "letter.typ"), root=root, ignore_system_fonts=True, pdf_standards=["a-2a"],
                timestamp=job["timestamp"], package_path=root, package_cache_path=root,
            )
        except typst.TypstError as error:
            unshown = {c for text in UNSHOWN.findall(error.diagnostic) for c in text if ord(c) > 126}
            shown = "".join("?" if c in unshown else c for c in data)
            if shown != data:
                data = shown
                continue
            answer(b"ERR", json.dumps(problem(error, root)).encode())
            return
        if isinstance(pdf, list):
            pdf = b"".join(pdf)
        answer(b"PDF", pdf)
        return
    answer(b"ERR", json.dumps({"line": 0, "message": "The letter holds characters that cannot be shown."}).encode())


def problem(error, root: str) -> dict:
    """Line in letter.typ (0 = not in it) and message, without the place of the private folder."""
    everything = "\n".join([error.diagnostic, *error.trace])
    lines = [int(line) for name, line in PLACE.findall(everything) if name.endswith("letter.typ")]
    message = "; ".join([error.message, *error.hints]).replace(root, "")
    return {"line": lines[0] if lines else 0, "message": message}


def answer(kind: bytes, body: bytes) -> None:
    """Three letters, then the body."""
    sys.stdout.buffer.write(kind + body)
    sys.stdout.buffer.flush()


main()

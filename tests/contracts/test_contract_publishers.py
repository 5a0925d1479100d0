"""What every publisher of prices must keep, checked on one answer each; a publisher without one fails."""

import json
import random

import pytest

from publisher_payloads import DAY, EXPECTED, KNOWN, PAYLOADS
from steelyard.domain.price import GpuOffer, RateCard
from steelyard.errors import SourceError
from steelyard.publishers import known_publishers
from steelyard.publishers.answers import broken_law
from steelyard.publishers.changes import entry_name, prices_of
from steelyard.publishers.publisher import Publisher, Reading

PUBLISHERS = known_publishers()
NAMES = sorted(PUBLISHERS)
NOT_A_LIST = {
    "empty": b"", "a page": b"<!DOCTYPE html><html>Sign in</html>", "null": b"null", "a number": b"17",
    "a text": b'"=1+1"', "another object": b'{"error": "no"}', "an object": b"{}", "deep": b"[" * 200_000,
    "not UTF-8": b"\xff\xfe\x00{", "not a number": b'{"data": NaN, "items": NaN, "pages": NaN}',
    "a list of nonsense": b'[1, null, "x", {"id": 7}]', "a long number": b"[" + b"9" * 10_000 + b"]",
}  # fmt: skip
MUTATIONS = 150


def reading(name: str) -> Reading:
    return PUBLISHERS[name].read(PAYLOADS[name](), DAY, KNOWN)


def test_every_publisher_has_an_answer_to_be_tested_on() -> None:
    assert sorted(PAYLOADS) == sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("publisher", PUBLISHERS.values(), ids=NAMES)
def test_whom_it_asks_and_on_what_terms_is_stated(publisher: Publisher) -> None:
    assert publisher.urls
    assert all(url.startswith("https://") and "@" not in url for url in publisher.urls)
    assert all("." in host for host in publisher.hosts)
    assert len(publisher.terms) >= 3
    assert publisher.size
    assert publisher.kind in {"api_prices", "gpu_offers"}


@pytest.mark.parametrize("name", NAMES)
def test_its_answer_is_read_to_the_prices_worked_out_by_hand(name: str) -> None:
    found = {entry_name(entry): next(iter(prices_of(entry).values())) for entry in reading(name).entries}
    assert found == pytest.approx(EXPECTED[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_dated_sourced_lawful_and_its_own(name: str) -> None:
    publisher = PUBLISHERS[name]
    kind = GpuOffer if publisher.kind == "gpu_offers" else RateCard
    for entry in reading(name).entries:
        assert isinstance(entry, kind)
        assert entry.evidence.as_of == DAY
        assert entry.evidence.source == publisher.title
        assert (entry.evidence.url or "").startswith("https://")
        assert broken_law(entry) is None
        assert publisher.covers(entry)
        assert type(entry).model_validate(json.loads(entry.model_dump_json(exclude_defaults=True))) == entry


@pytest.mark.parametrize("name", NAMES)
def test_reading_is_pure(name: str) -> None:
    assert reading(name) == reading(name)


@pytest.mark.parametrize("answer", NOT_A_LIST.values(), ids=NOT_A_LIST)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_of_another_kind_is_refused_without_quoting_it(name: str, answer: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        PUBLISHERS[name].read(answer, DAY, KNOWN)
    assert PUBLISHERS[name].title in str(caught.value)
    assert "=1+1" not in str(caught.value)
    assert "Sign in" not in str(caught.value)


def mutated(content: bytes, generator: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        at = generator.randrange(len(changed))
        kind = generator.randrange(3)
        if kind == 0:
            changed[at] = generator.randrange(256)
        elif kind == 1:
            del changed[at : at + generator.randint(1, 30)]
        else:
            changed[at:at] = generator.choice((b"null", b"-1", b"1e400", b'"', b"[]", b"{}", b"\x00", b"=cmd"))
    return bytes(changed)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_answer_is_read_or_refused_and_nothing_unlawful_is_hidden(name: str) -> None:
    generator = random.Random(name)
    content = PAYLOADS[name]()
    for _ in range(MUTATIONS):
        try:
            found = PUBLISHERS[name].read(mutated(content, generator), DAY, KNOWN)
        except SourceError:
            continue
        for entry in found.entries:
            broken_law(entry)
            assert entry.evidence.as_of == DAY

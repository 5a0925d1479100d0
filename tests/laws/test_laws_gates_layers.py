"""Laws of the comparison of requirements and claims, for any claims and any requirement."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from steelyard.decision.compliance import FIRM, Requirement, compare, verdict_of
from steelyard.domain.attributes import ATTRIBUTES, OWN_LEVELS, Attribute, Sense
from steelyard.domain.claims import Configuration, Service, ServiceClaim
from steelyard.domain.evidence import Evidence, Grade

DAY = date(2026, 11, 23)
RANK = {"blocked": 0, "unknown": 1, "possible if you can show": 2, "no blocking rule found": 3}
COMPARED = sorted(a for a, what in ATTRIBUTES.items() if what.sense not in {Sense.DUTY, Sense.NOTE})
CLAIMED = [a for a in COMPARED if a not in {"location_named", "retention_abroad", "operator_reach_barred"}]
SETTINGS = ("", "first", "second")
SOFT = [g for g in Grade if g not in FIRM]


def values(attribute: Attribute) -> st.SearchStrategy[tuple[str, ...]]:
    known = attribute.values
    return st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True).map(tuple)


@st.composite
def claims(draw: st.DrawFn, grades: list[Grade] | None = None) -> ServiceClaim:
    attribute = ATTRIBUTES[draw(st.sampled_from(CLAIMED))]
    grade = draw(st.sampled_from(grades or list(Grade)))
    return ServiceClaim(
        layer=attribute.layer, attribute=attribute.name, values=draw(values(attribute)), statement="said", grade=grade,
        evidence=(Evidence(source="made up for a test", as_of=DAY, grade=grade),), choice=draw(st.booleans()),
        exhaustive=draw(st.booleans()), configuration=draw(st.sampled_from(SETTINGS)), optional=draw(st.booleans()),
        conflict=draw(st.sampled_from(["", "another says no"])),
    )  # fmt: skip


def service(found: list[ServiceClaim]) -> Service:
    silent = tuple(ServiceClaim(layer=layer, statement="", grade="not_found") for layer in OWN_LEVELS)
    settings = tuple(Configuration(id=s, name=f"the {s}", default=s == "first") for s in SETTINGS if s)
    return Service(id="s", name="S", provider="P", claims=(*found, *silent), retrieved=DAY, configurations=settings)


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    attribute = ATTRIBUTES[draw(st.sampled_from(COMPARED))]
    wanted = draw(values(attribute))
    one = attribute.sense is Sense.HOLDS
    return Requirement(attribute.name, wanted[:1] if one else wanted, "law", "a law", draw(st.booleans()))


def answers(needs: list[Requirement], offered: Service, day: date = DAY) -> dict[str, str]:
    return {n.attribute: verdict_of(compare([n], offered, day)) for n in needs}


@given(requirements(), st.lists(claims(), max_size=6), st.data())
def test_loosening_a_requirement_never_makes_an_answer_worse(
    need: Requirement, found: list[ServiceClaim], data: st.DataObject
) -> None:
    attribute = ATTRIBUTES[need.attribute]
    if attribute.sense in {Sense.HOLDS, Sense.OUTSIDE}:
        looser: list[Requirement] = []
        assert RANK[verdict_of(compare(looser, service(found), DAY))] == RANK["no blocking rule found"]
        return
    more = (*need.values, *data.draw(values(attribute)))
    wider = Requirement(need.attribute, tuple(dict.fromkeys(more)), need.whose, need.name, need.settled)
    before, after = compare([need], service(found), DAY), compare([wider], service(found), DAY)
    assert RANK[verdict_of(after)] >= RANK[verdict_of(before)]


@given(st.lists(requirements(), max_size=4), st.lists(claims(), max_size=6), st.integers(0, 1_000))
def test_ageing_never_clears_and_an_expired_claim_never_excludes(
    needs: list[Requirement], found: list[ServiceClaim], days: int
) -> None:
    now = answers(needs, service(found))
    then = answers(needs, service(found), DAY + timedelta(days=days))
    for name, answer in then.items():
        assert answer != "no blocking rule found" or now[name] == answer
        assert answer != "blocked" or days <= 90


@given(requirements(), st.lists(claims(SOFT), min_size=1, max_size=6))
def test_a_soft_claim_neither_excludes_nor_clears(need: Requirement, found: list[ServiceClaim]) -> None:
    spoken = {f.answer for f in compare([need], service(found), DAY)}
    assert spoken <= {"possible if you can show", "unknown"}


@given(requirements(), st.lists(claims(), min_size=1, max_size=6))
def test_a_contradicted_claim_neither_excludes_nor_clears(need: Requirement, found: list[ServiceClaim]) -> None:
    disputed = [claim.model_copy(update={"conflict": "another says no"}) for claim in found]
    spoken = {f.answer for f in compare([need], service(disputed), DAY)}
    assert spoken <= {"possible if you can show", "unknown"}


@given(requirements(), st.lists(claims(), max_size=6))
def test_a_rule_that_was_not_seen_excludes_nothing(need: Requirement, found: list[ServiceClaim]) -> None:
    recalled = Requirement(need.attribute, need.values, need.whose, need.name, settled=False)
    assert "blocked" not in {f.answer for f in compare([recalled], service(found), DAY)}


@given(st.lists(requirements(), max_size=4), st.lists(claims(), max_size=6), st.randoms())
def test_the_order_of_claims_and_requirements_changes_nothing(
    needs: list[Requirement], found: list[ServiceClaim], random: object
) -> None:
    mixed, turned = list(found), list(needs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert compare(needs, service(found), DAY) == compare(turned, service(mixed), DAY)


@given(requirements())
def test_silence_is_never_a_no(need: Requirement) -> None:
    assert "blocked" not in {f.answer for f in compare([need], service([]), DAY)}

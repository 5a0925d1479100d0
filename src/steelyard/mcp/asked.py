"""What an assistant asks of a study: a file, its text, or the same flags that ``steelyard decide`` takes."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from glob import glob
from pathlib import Path

from steelyard.domain.result import Result
from steelyard.domain.study import Study
from steelyard.domain.value import Value
from steelyard.errors import Fault, InputError
from steelyard.mcp.files import ordinary_files
from steelyard.study.flags import FLAGS, study_from_flags
from steelyard.study.load import load_study, study_from_text
from steelyard.units import Count

__all__ = ["Decisions", "StudyAsked", "today"]

KEPT = 8
"""Results kept, so that flip points of a decision just made need no second run."""
MOST_YAML = 1_000_000
"""Longest text of a study that is read [character]."""


class StudyAsked(Value):
    """The organisation's situation: a study file, or its text, or the flags below; nothing else is needed."""

    study_file: str | None = None
    """Path of a study.yaml on this machine."""
    study_yaml: str | None = None
    """Text of a study, as in docs/reference/study-file.md; paths in it start from the server's working folder."""
    requests_per_month: str | None = None
    """Requests a month: '12M', or '12M to 20M' for an 80 % interval."""
    input_tokens: str | None = None
    """Mean input tokens a request: '900', or '{p50: 900, p95: 4k}'."""
    output_tokens: str | None = None
    """Mean output tokens a request, reasoning included."""
    growth: str | None = None
    """Growth of requests: '2% to 6% per month'."""
    shape: str | None = None
    """Shape of the week, such as business_hours or consumer."""
    today: str | None = None
    """What runs now: 'provider/model', such as openai/gpt-5.4-mini; 'none' if nothing does."""
    must_stay: str | None = None
    """Does the data legally need to stay on-premises? yes, no or unknown."""
    exclusive_data: str | None = None
    """Is there training data that others cannot access? yes, no or unknown."""
    model_is_product: str | None = None
    """Is the model itself the core differentiator? yes, no or unknown."""
    regime: tuple[str, ...] = ()
    """Laws or policies that apply, such as HIPAA."""
    country: tuple[str, ...] = ()
    """Countries whose rules apply, such as US."""
    engineers: str | None = None
    """Engineers already employed who could run serving."""
    operating_expense_per_year: str | None = None
    """Total operating expense a year: '$9M'."""
    horizon: str | None = None
    """How far to look: '36 months'."""
    log: tuple[str, ...] = ()
    """Paths of usage logs on this machine, instead of stated traffic."""

    def loaded(self) -> tuple[Study, Path]:
        """Return the study and the folder its paths start from.

        Raises
        ------
        InputError
            With every fault, those of the files it names included.
        """
        flags = {flag.parameter: given for flag in FLAGS if (given := getattr(self, flag.parameter, None))}
        ways = [bool(self.study_file), bool(self.study_yaml), bool(flags)]
        if sum(ways) != 1:
            raise InputError(Fault("a study is asked for in none or several ways", "study",
                                   "study_file, or study_yaml, or flags such as requests_per_month",
                                   "Give one of the three"))  # fmt: skip
        ordinary_files(self.log)
        study, base = self._read(flags)
        meant = (sorted(glob(str(base / log), recursive=True)) or [str(base / log)] for log in study.traffic.logs)
        ordinary_files(path for paths in meant for path in paths)
        evals = base / study.quality.evals if study.quality.evals else None
        ordinary_files([] if evals is None or evals.is_dir() else [evals])  # of a folder, ordinary files are read
        return study, base

    def _read(self, flags: "dict[str, str | tuple[str, ...] | None]") -> tuple[Study, Path]:
        here = Path()
        if self.study_file:
            (path,) = ordinary_files([self.study_file])
            return load_study(path), path.parent
        if self.study_yaml:
            if len(self.study_yaml) > MOST_YAML:
                raise InputError(Fault(f"{len(self.study_yaml):,} characters are too many", "study_yaml",
                                       f"at most {MOST_YAML:,}", "Shorten it"))  # fmt: skip
            return study_from_text(self.study_yaml, "study_yaml", base=here), here
        return study_from_flags(flags), here


class Decisions:
    """Decides studies, and remembers the last few within this process."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[tuple[str, str, int, date, int | None], Result] = OrderedDict()

    def of(
        self, asked: StudyAsked, *, seed: int, as_of: date | None, draws: Count | None, say: Callable[[str], None]
    ) -> Result:
        """Return the decision of a study.

        Parameters
        ----------
        asked
            The study.
        seed
            Seed of every draw.
        as_of
            Day of the facts; today by the clock where absent.
        draws
            Number of draws; the usual number where absent.
        say
            Told, in words, what is being done.

        Raises
        ------
        InputError
            With every fault.
        """
        from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415  heavy: only when deciding
        from steelyard.study import pipeline  # noqa: PLC0415

        study, base = asked.loaded()
        overlays = overlay_folders(base)
        key = (study.text, str(base.resolve()), seed, as_of or today(), draws)
        if key not in self._kept or study.traffic.logs or study.quality.evals or overlays:  # files may have changed
            self._kept[key] = pipeline.decide(study, base_folder=base, seed=seed, as_of=key[3], draws=draws,
                                              overlays=overlays, progress=say)  # fmt: skip
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def today() -> date:
    """Return today's date, UTC."""
    return datetime.now(UTC).date()

"""Who and what the plain engine moves about: patients, the strands of their journeys, and their waits."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

from cisim.eventlog import patient_text
from cisim.spec.model import Stay, Step

Journey = Generator[None, str, None]
Needs = tuple[tuple[str, int], ...]
Choices = tuple[tuple[int, Needs], ...]  # each from so long after asking

FREES = 1_000_000  # the track of places that become free: after all that the patient does
GRANTED, GAVE_UP, TURNED_AWAY = "granted", "gave up", "turned away"


class Left(Exception):
    """The patient has left the pathway."""


class ComingBack(Exception):
    """The patient has left and arrives again at a named step."""


class GoneTo(Exception):
    """The patient goes on at a named step."""


@dataclass(eq=False)
class Patient:
    """One patient: how often they passed each step, the beds they hold, and what happened to them."""

    pathway: str
    order: int  # of the pathway in the file
    number: int
    since: int = 0  # a starter's times lie before 0
    arrived: int = 0  # in this spell
    begun_before: tuple[str, str] = (
        "",
        "",
    )  # a starter's step and the draw that knows how long it has lasted
    visits: Counter = field(default_factory=Counter)
    steps: dict[str, Step] = field(default_factory=dict)  # as last met, by name
    beds: dict[str, str] = field(default_factory=dict)  # pool held, by the stay that took it
    bed_visits: dict[str, int] = field(default_factory=dict)
    over: dict[str, str] = field(
        default_factory=dict
    )  # stays that are over with the bed still held: their `then`
    going_home: dict[str, "Wait"] = field(default_factory=dict)  # by stay: waits for the first choice
    spells: list[list[tuple]] = field(default_factory=lambda: [[]])

    def write(
        self,
        time: int,
        event: str,
        step: str = "",
        visit: int = -1,
        *,
        pool: str = "",
        units: int = 0,
        detail: str = "",
        spell: int = -1,
    ) -> None:
        """Write a row of this spell, or of an earlier one."""
        name = patient_text(self.number)
        spell = spell if spell >= 0 else len(self.spells) - 1
        self.spells[spell].append((self.pathway, name, spell, time, event, step, visit, pool, units, detail))


@dataclass(eq=False)
class Strand:
    """A patient's own way (track 0), or that of one part of an `all_of`."""

    patient: Patient
    track: int = 0
    journey: Journey | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """Place in a round of what happens."""
        return (self.patient.order, self.patient.number, self.track)


@dataclass(eq=False)
class Wait:
    """One patient's wait at one step; of an activity, also its work while it runs."""

    strand: Strand
    step: Step
    code: int  # of the step, in the order of the file
    visit: int
    asked: int
    since: int  # what the order of service goes by
    own: int = 0  # priority, before it ages
    ages: tuple[tuple[int, int], ...] = ()
    choices: Choices = ()
    until: int | None = None  # when patience runs out
    group: list["Wait"] = field(default_factory=list)  # of a batch that is served together: all of it
    homewards: bool = False  # has a bed, and waits for the first choice
    needs: Needs = ()  # what was granted
    at_grant: int | None = None  # the priority then
    begun: int = 0  # or resumed
    whole: int = 0  # an activity's time
    left: int = 0  # of it
    turn: int = 0  # how often granted or interrupted: a timer of an earlier turn means nothing
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.patient = self.strand.patient
        # what settles a tie of time
        self.place = (self.patient.order, self.patient.number, self.visit, self.code)

    @property
    def for_bed(self) -> bool:
        """Whether the patient waits for the next bed."""
        return isinstance(self.step, Stay) and not self.homewards

    @property
    def people(self) -> list["Wait"]:
        """Everybody who waits here: the whole group, nobody who has a bed already."""
        return [] if self.homewards else self.group or [self]

    def gives(self) -> list[str]:
        """Pools of the beds that a grant of the next bed would free."""
        return [self.patient.beds[stay] for stay in self.patient.over]

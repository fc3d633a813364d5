"""The second reading with one rule bent in each class: every one must be found out by some made-up model.

`BENT` says, for each, which mechanisms a model should have so that the rule is asked for.
"""

from collections import Counter
from functools import partial

from plain_calendar import rostered
from plain_engine import PlainEngine
from plain_parts import FREES

from cisim.units import HOUR

BENT: dict[str, tuple[type[PlainEngine], tuple[str, ...]]] = {}


def bends(rule, *mechanisms):
    """Enter a class under the rule that it bends."""

    def enter(bent):
        BENT[rule] = (bent, mechanisms)
        return bent

    return enter


# Order of service


@bends("a lower priority number comes first", "priority")
class NoPriority(PlainEngine):
    def service_key(self, wait):
        return (0, wait.since, *wait.place)


@bends("inside a priority, who asked first comes first")
class NotByTime(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), *wait.place)


@bends("of one time, the pathway written first comes first")
class LastPathwayFirst(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), wait.since, -wait.patient.order, *wait.place[1:])


@bends("of one time and pathway, the lower patient number comes first")
class LastPatientFirst(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), wait.since, wait.patient.order, -wait.patient.number, *wait.place[2:])


@bends("of one patient, the lower visit comes first", "all_of", "racing parts")
class LastVisitFirst(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), wait.since, *wait.place[:2], -wait.visit, wait.code)


@bends("of one patient and visit, the step written first comes first", "all_of")
class LastStepFirst(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), wait.since, *wait.place[:3], -wait.code)


@bends("priority ages while a patient waits", "priority", "ages")
class NeverAges(PlainEngine):
    def priority(self, wait):
        return wait.own if wait.at_grant is None else wait.at_grant


@bends("a round in order of arrival goes by the arrival of this spell", "round order", "comes_back")
class RoundByJoining(PlainEngine):
    def service_key(self, wait):
        return (self.priority(wait), wait.asked, *wait.place)


@bends("after a grant, looking starts again from the first", "priority")
class GoesOnLooking(PlainEngine):
    def serve(self):
        served = [wait for wait in self.heads() if self.try_to_serve(wait, Counter())]
        return bool(served)


@bends("who cannot be served delays nobody")
class HeadOfLineBlocks(PlainEngine):
    def heads(self):
        return super().heads()[:1]


@bends("alternatives are taken in the written order", "instead", "covered_by")
class LastAlternativeFirst(PlainEngine):
    def open_choices(self, wait):
        return super().open_choices(wait)[::-1]


@bends("an alternative waits for its stated time", "instead", "covered_by")
class AlternativesAtOnce(PlainEngine):
    def open_choices(self, wait):
        return [(place, needs) for place, (_, needs) in enumerate(wait.choices)]


@bends("an outlier pool serves its own patients first")
class OwnNotFirst(PlainEngine):
    def own_first(self, _needs):
        return False


@bends(
    "whether an own patient could be served is asked without what is set aside",
    "reserve",
    "covered_by",
    "instead",
)
class OwnFirstBesideWhatIsSetAside(PlainEngine):
    def has_room(self, pool, units, aside=None):
        return super().has_room(pool, units, self.aside if aside is None else aside)


# Reserve, interruption


@bends("who reserves keeps others from its needs", "reserve", "priority")
class NothingSetAside(PlainEngine):
    def reserves(self, _wait):
        return False


@bends("only the first alternative is set aside", "reserve", "instead")
class LastSetAside(PlainEngine):
    def set_aside(self, wait, aside):
        for pool, units in wait.choices[-1][1]:
            aside[pool] += units


@bends("only the heads of queues reserve", "reserve", "priority")
class EverybodySetsAside(PlainEngine):
    def heads(self):
        return sorted(self.waiting, key=self.service_key)


@bends("only a higher priority number is interrupted", "pre_empts")
class InterruptsEquals(PlainEngine):
    def may_be_interrupted(self, one, by):
        mine = self.priority(
            by
        )  # who began just now is left alone, or two would interrupt each other for ever
        return one.at_grant > mine or (one.at_grant == mine and one.begun < self.now)


@bends("the highest priority number is interrupted first", "pre_empts", "priority")
class InterruptsLeastFirst(PlainEngine):
    def victim_key(self, wait):
        return (-wait.at_grant, wait.begun, *wait.place)


@bends("of one priority, who began last is interrupted first", "pre_empts")
class InterruptsOldestFirst(PlainEngine):
    def victim_key(self, wait):
        return (wait.at_grant, -wait.begun, *wait.place)


@bends("of one priority and beginning, the last in order is interrupted first", "pre_empts")
class InterruptsFirstInOrder(PlainEngine):
    def victim_key(self, wait):
        return (wait.at_grant, wait.begun, *(-number for number in wait.place))


@bends("who is interrupted stands at the old place", "pre_empts")
class InterruptedStandsLast(PlainEngine):
    def interrupt(self, wait):
        super().interrupt(wait)
        wait.since = self.now


@bends("who is interrupted runs on for what was left", "pre_empts")
class AlwaysRestarts(PlainEngine):
    def interrupt(self, wait):
        super().interrupt(wait)
        wait.left = wait.whole


@bends("what an interruption gives back is not turned round", "pre_empts", "turn_round")
class InterruptionTurnsRound(PlainEngine):
    def give(self, patient, step, visit, needs, *, turns=True):
        super().give(patient, step, visit, needs, turns=turns or True)


@bends("nobody is interrupted if that would not do", "pre_empts")
class InterruptsInVain(PlainEngine):
    def victims(self, wait, needs, aside):
        found = super().victims(wait, needs, aside)
        short = any(self.missing(*need, aside) > 0 for need in needs)
        less_urgent = [one for one in self.running if self.may_be_interrupted(one, wait)]
        earlier = [one for one in less_urgent if one.begun < self.now]
        holding = [one for one in earlier if {p for p, _ in one.needs} & {p for p, _ in needs}]
        if not found and short and holding:
            self.interrupt(holding[0])
        return found


@bends("who is interrupted has no patience any more", "pre_empts")
class InterruptedLosesPatience(PlainEngine):
    def interrupt(self, wait):
        until = wait.until
        super().interrupt(wait)
        wait.until = until


# Phases of an instant


@bends("a grant beats giving up")
class GivingUpFirst(PlainEngine):
    def serve(self):
        return self.give_up() or super().serve()


@bends("all whose patience ends together leave together")
class GivesUpOneByOne(PlainEngine):
    def give_up(self):
        tired = [w for w in self.waiting if w.until is not None and w.until <= self.now]
        for wait in sorted(tired, key=lambda wait: wait.place)[1:]:
            wait.until += 1  # for a moment
        moved = super().give_up()
        for wait in tired:
            wait.until -= wait.until > self.now
        return moved


@bends("who joins after an opening waits for the next")
class OpenAllInstant(PlainEngine):
    def hold_rounds(self):
        opened = dict(self.opened)
        moved = super().hold_rounds()
        self.opened.update(opened)
        return moved

    def happen(self):
        if self.opened and self.now != self.opened_at:
            self.opened.clear()
        moved = super().happen()
        self.opened_at = self.now
        return moved

    opened_at = -1


@bends("all rounds of an instant are held at once")
class RoundsOneByOne(PlainEngine):
    def hold_rounds(self):
        every = dict(self.opened)
        for name in self.model.calendars:
            if name in every:
                self.opened.clear()
                self.opened[name] = every.pop(name)
                if super().hold_rounds():
                    self.opened.update(every)
                    return True
        return False


@bends("rounds are held before service", "many openings")
class RoundsAfterService(PlainEngine):
    def hold_rounds(self):
        return super().serve() or super().hold_rounds()


@bends("a batch is released by count before clock", "batches in a row")
class ClockBeforeCount(PlainEngine):
    def release_by_count(self):
        return super().release_by_clock() or super().release_by_count()


@bends("all batches of an instant are released at once", "batches in a row")
class BatchesOneByOne(PlainEngine):
    def release_by_clock(self):
        for place in self.in_step_order(self.time_up):
            later = [other for other in self.time_up if other != place]
            self.time_up[:] = [place]
            moved = super().release_by_clock()
            self.time_up[:] = later
            if moved:
                return True
        return False


@bends("a batch releases the oldest first")
class YoungestFirst(PlainEngine):
    def oldest_first(self, line):
        return super().oldest_first(line)[::-1] if len(line) > 1 else line


@bends("of one time, the first in order is released first from a batch", "batches in a row")
class LastInOrderReleased(PlainEngine):
    def oldest_first(self, line):
        return sorted(line, key=lambda wait: (wait.asked, *(-number for number in wait.place)))


@bends("a batch releases exactly its number")
class ReleasesAll(PlainEngine):
    def release_by_count(self):
        full = [place for place in set(self.joined) if self.is_filled(place)]
        moved = super().release_by_count()
        for place in full:
            if self.batches[place]:
                self.release(self.oldest_first(self.batches[place]), "the rest too")
                self.batches[place] = []
        return moved

    def is_filled(self, place):
        return len(self.batches[place]) >= self.batches[place][0].step.number


@bends("the clock of a batch runs from the oldest left")
class ClockRunsOnFromRelease(PlainEngine):
    def release_by_clock(self):
        self.time_up[:] = [place for place in self.time_up if place not in self.released]
        return super().release_by_clock()

    def release(self, group, why):
        super().release(group, why)
        self.released = {*self.released, (group[0].patient.pathway, group[0].step.name)}

    released = frozenset()


@bends("what is set off at an instant is the next round of it", "all_of")
class NoRounds(PlainEngine):
    def happen(self):
        while self.agenda and self.agenda[0][0] == self.now:
            due = sorted((one for one in self.agenda if one[0] == self.now), key=lambda one: (one[2], one[1]))
            self.agenda.remove(due[0])
            self.agenda.sort()
            due[0][3]()
        return False


@bends("in a round, a patient's own way comes before the parts, in written order", "all_of")
class LastPartFirst(PlainEngine):
    def in_round(self, due):
        return sorted(due, key=lambda one: (*one[1][:2], *(-number for number in one[1][2:])))


@bends("in a round, places become free after all else", "turn_round", "after_hold")
class FreesFirst(PlainEngine):
    def in_round(self, due):
        return sorted(due, key=lambda one: (len(one[1]) < 3 or one[1][2] != FREES, one[1]))


@bends("in a round, places become free in the order of the pools", "turn_round", "after_hold")
class FreesLastPoolFirst(PlainEngine):
    def in_round(self, due):
        return sorted(due, key=lambda one: (*one[1][:-1], -one[1][-1]))


# Limits


@bends("all who are too many are turned away together", "limit")
class TurnsAwayOneByOne(PlainEngine):
    def turn_away(self):
        self.turned = 0
        return super().turn_away()

    def dismiss(self, wait, event, answer):
        self.turned += event == "turn_away"
        if event != "turn_away" or self.turned == 1:
            super().dismiss(wait, event, answer)

    turned = 0


@bends("beds are exchanged before anybody is turned away", "limit", "crossing stays")
class LimitBeforeSwap(PlainEngine):
    def swap(self):
        return self.turn_away() or super().swap()


@bends("the last to ask is turned away", "limit")
class FirstTurnedAway(PlainEngine):
    def limit_key(self, wait):
        return (-wait.asked, *wait.place)


@bends("of one time, the last in order is turned away", "limit")
class FirstInOrderTurnedAway(PlainEngine):
    def limit_key(self, wait):
        return (wait.asked, *(-number for number in wait.place))


@bends("a limit is looked at after service", "limit")
class LimitBeforeService(PlainEngine):
    def serve(self):
        return self.turn_away() or super().serve()


@bends("who is too many is turned away before patience runs out", "limit")
class GivingUpBeforeLimit(PlainEngine):
    def turn_away(self):
        return self.give_up() or super().turn_away()


@bends("who was interrupted is not counted under a limit", "limit", "pre_empts")
class InterruptedCountsAsWaiting(PlainEngine):
    def counts(self, wait):
        return not (wait.homewards or wait.group)


# Beds


@bends("the bed before is given back before the next is taken")
class TakesBeforeGiving(PlainEngine):
    def grant(self, wait, needs, place=0):
        over = dict(wait.patient.over)
        if wait.for_bed:
            wait.patient.over.clear()
        super().grant(wait, needs, place)
        if wait.for_bed:
            wait.patient.over.update(over)
            self.free_beds(wait.patient, tuple(over))


@bends("the bed before is kept until the next is granted")
class FreesOnAsking(PlainEngine):
    def stay(self, strand, step):
        self.free_beds(strand.patient, tuple(strand.patient.over))
        return super().stay(strand, step)


@bends("the first cycle in order of service exchanges beds", "crossing stays")
class LastCycleSwaps(PlainEngine):
    def knotted(self):
        return super().knotted()[::-1]


@bends("patients who wait for each other's beds exchange them")
class NoSwap(PlainEngine):
    def swap(self):
        return False


@bends("an exchanged bed is not turned round", "turn_round", "crossing stays")
class SwapTurnsRound(PlainEngine):
    def free_beds(self, patient, stays, exchanged=""):
        super().free_beds(patient, stays, exchanged and "")


@bends("what is being turned round is not free", "turn_round")
class TurningIsFree(PlainEngine):
    def missing(self, pool, units, aside=None):
        return super().missing(pool, units, aside) - self.turning[pool]


@bends("a pool with a place being turned round is not full for knots", "turn_round", "crossing stays")
class TurningIsFull(PlainEngine):
    def is_full(self, pool):
        return not self.has_room(pool, 1)


@bends("a repatriation stands in the order of the grant of the bed", "repatriate")
class RepatriatedByAsking(PlainEngine):
    def go_home_from(self, wait, pool):
        super().go_home_from(wait, pool)
        if wait.step.name in wait.patient.going_home:
            wait.patient.going_home[wait.step.name].since = wait.asked


@bends("who lies elsewhere moves when the first choice has room", "repatriate")
class NeverMoves(PlainEngine):
    def go_home_from(self, _wait, _pool):
        return


# Rotas, batches together, returns, who is there at the start


@bends("when a rota falls, the number counts at once")
class FallsLate(PlainEngine):
    def follow_rotas(self, numbers):
        before = {name: self.number.get(name, number) for name, number in numbers.items()}
        super().follow_rotas({name: max(number, before[name]) for name, number in numbers.items()})
        if numbers != self.number:
            self.plan(self.now + HOUR // 2, (-1,), partial(super().follow_rotas, numbers))


@bends("when a rota falls, work in hand is finished")
class FallTakesAway(PlainEngine):
    def follow_rotas(self, numbers):
        super().follow_rotas(numbers)
        for one in list(self.running):
            if any(self.held[pool] > self.number[pool] for pool, _ in one.needs):
                self.interrupt(one)


@bends("a batch that is served together stands at the place of its oldest", "together")
class TogetherStandsLast(PlainEngine):
    def ask_together(self, group):
        wait = super().ask_together(group)
        wait.since = self.now
        return wait


@bends("a batch is served together for the time of its oldest", "together")
class TogetherByYoungest(PlainEngine):
    def time_of(self, wait):
        return super().time_of(wait) if not wait.group else super().time_of(self.of_last(wait))

    def of_last(self, wait):
        last = wait.group[-1]
        last.group = wait.group
        return last


@bends("visits go on counting in the next spell", "comes_back")
class VisitsFromZero(PlainEngine):
    def go_out(self, patient):
        super().go_out(patient)
        patient.visits.clear()


@bends("who is there at the start has waited already", "starting")
class StartersAskAtZero(PlainEngine):
    def ask(self, strand, step):
        wait = super().ask(strand, step)
        wait.since = max(0, wait.since)
        return wait


@bends("who is there at the start has a bed, whatever the number", "starting")
class StartersUpToTheNumber(PlainEngine):
    def let_starters_in(self):
        self.follow_rotas({name: rostered(pool, self.model, 0) for name, pool in self.model.pools.items()})
        super().let_starters_in()

    def do_since(self, strand, step, starting):
        bed = getattr(starting, "bed", None) or (step.beds[0].pool if hasattr(step, "beds") else "")
        if bed and not self.has_room(bed, 1):
            return self.do(strand, step)
        return super().do_since(strand, step, starting)

"""The event loop of the compiled engine.

One general loop serves every model. All that it knows stands in one array of whole numbers, the memory `m`: first a header,
whose entries are single numbers (`NOW`, `HEAP_N`) or the places where tables begin (``m[node + KIND]`` is the kind of a
node), then the tables; `cisim.engine.compiled.laying` lays it out. `draws` holds the blocks of random
numbers, made outside. Rows of the log gather in the record of their patient, and go from there to the array `log`, a run of
rows of one spell at a time: so a spell's rows stand together, and few steps put a whole log in order.

Whenever something is missing (numbers not drawn yet, room in a table, somebody to choose the cycle of a knot) `run` stops at a
safe place, says in ``m[STATUS]`` what it wants, and is called again when it is there: so nothing is done by halves.

Why one array and one module: a call with one array is cheap where one with eighty is not, and Numba's cache on disk does not
notice when a function of another file has changed. The rules are those of docs/design.md, in the words of the reference
engine: FLOW in rounds, BATCH, CLOCK, OPEN, SERVE, SWAP, TURN_AWAY, GIVE_UP. They order what happens together: an instant at
which one token moves, and moves nobody but the next in its line, goes without them (`_alone`).
"""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from cisim.inverse import number, uniform

# digest of cisim/inverse.py: what is compiled of this file is made anew only when this file changes
INVERSE = "0c93e833fe294636"

# fmt: off
(   # the header: numbers
    NOW, END, STATUS, WANT_STREAM, WANT_VISIT, WANT_BLOCK, WANT_ROWS, WHO,
    HEAP_N, HEAP_CAP, ARRIVAL_I, ARRIVAL_N, ROTA_I, ROTA_N, OPEN_I, OPEN_N, OPEN_FROM, START_I, START_N,
    READY_I, READY_N, NEXT_N, TOUCHED_N, BATCH_N, CLOCK_N, EXPIRING_N, OVER_N, KNOT_CHECK, KEEPING, BUDGET,
    LOG_N, LOG_CAP, SPELL_N, SPELL_CAP, TOKEN_FREE, TOKEN_N, TOKEN_CAP, PATIENT_FREE, PATIENT_N, PATIENT_CAP,
    IN_INSTANT, SHIFT, EXAMINE_ALL, ANY_RESERVE, ANY_PREEMPT, ONE_CHOICE, CYCLE_N, WIDTH, VISITS_AT, REPEATS_AT,
    REFUSED_N, TURNED_N, MOST_MOVES, ROOM, REPLAYING, EXPIRING_CAP, MIDWAY, MORE_COME, HOLE,
    LISTED_VISITS, LISTED_SLOTS,
    POOLS, POOLS_END, QUEUES, QUEUES_END,
    # the header: where tables begin
    OPEN_TIME, OPEN_CALENDAR, OPEN_PLACES, ROTA_TIME, ROTA_POOL, ROTA_NUMBER,
    START_PATHWAY, START_SLOT, START_NODE, START_STAY, START_NEED, START_SINCE, START_KEEP, START_PERSON, REFUSED, TURNED_KEY,
    TOUCHED, BATCH_DUE, CLOCK_DUE, OVER, HEADS, BLOCK_AT,
    CYCLE, HEAP, READY, READY_NEXT, EXPIRING, MARKED, PATIENTS, TOKENS,
) = range(95)
FIRST_TABLE = OPEN_TIME
# rows of the fixed tables; what points to a row is its place in the memory
(   # a node
    KIND, STEP, NEXT, ASIDE, QUEUE, CALENDAR, NUMBER, AT_MOST, THEN, DURATION, PATIENCE, WAY, ATTRIBUTE,
    FIRST_WAY, WAYS, BODY, PRIORITY, PRIORITY_ATTRIBUTE, AGEING_FIRST, AGEING_LAST, LIMIT, TURNED, RESERVE,
    PREEMPTS, RESTART, HOME, AFTER_HOLD, BY_ARRIVAL, TURN_FIRST, TURN_LAST, DRAW_FIRST, DRAW_LAST,
    LOCAL_STEP, LOCAL_REPEAT, CODE, CODE_NEED, CODE_WAY, BATCH_LINE, BATCH_FLAG, CLOCK_FLAG,
    PLAIN_LINE, PLAIN_ALTERNATIVE, PLAIN_POOL, PLAIN_UNITS, PLAIN_CODE,
) = range(45)
NODE_WIDTH = 45
WAITING, WAITING_SUM, STANDING, STEP_LIMIT, OVER_FLAG, STEP_CODE = range(6)  # a step
STEP_WIDTH = 6
(   # a pool
    HELD, HELD_SUM, ROSTER, ROSTER_SUM, TURNING, TURNING_SUM, UNLIMITED,
    SET_ASIDE, SHORT, KNOT_FULL, KNOT_COUNT, USED_FIRST, USED_LAST, OWN_FIRST, OWN_LAST,
) = range(15)
POOL_WIDTH = 15
QUEUE_FIRST, QUEUE_LAST, QUEUE_LINE, QUEUE_LINES, QUEUE_STAY, QUEUE_TOUCHED = range(6)  # a queue: its alternatives, its lines
QUEUE_WIDTH = 6
ALTERNATIVE_AFTER, ALTERNATIVE_FIRST, ALTERNATIVE_LAST = range(3)  # an alternative: its needs
ALTERNATIVE_WIDTH = 3
NEED_POOL, NEED_UNITS, NEED_CODE = range(3)
NEED_WIDTH = 3
LINE_PRIORITY, LINE_HEAD, LINE_TAIL, LINE_COUNT = range(4)
LINE_WIDTH = 4
ROUND_LINE, ROUND_LINES = range(2)  # a calendar
ROUND_WIDTH = 2
STREAM_BASE, STREAM_VISITS, STREAM_BLOCKS, STREAM_ONCE, STREAM_SINGLE, STREAM_PARAMS, STREAM_LOW, STREAM_HIGH = range(8)
STREAM_WIDTH = 8
INSIDE, INSIDE_SUM, ARRIVED, RETURNED, PRESENT, LEFT, ENTRY, CODE_ARRIVE = range(8)  # a pathway
PATHWAY_WIDTH = 8
AGEING_AFTER, AGEING_TO = range(2)
AGEING_WIDTH = 2
TURN_POOL, TURN_STREAM = range(2)
TURN_WIDTH = 2
# fmt: on

# a token: one thread of one patient's way (a patient has more within an all_of), a place being turned round, or a wish to move home
(
    T_PATIENT, T_TRACK, T_NODE, T_STATE, T_LINE, T_PREV, T_NEXT, T_SINCE, T_PRIORITY, T_VISIT, T_ASKED, T_TAKEN,
    T_SERIAL, T_LEFT, T_BEGUN, T_UNTIL, T_REFUSED, T_KEEPS, T_INTERRUPTED, T_HOME, T_MEMBER, T_PARTS, T_MAIN, T_WAITS,
) = range(24)  # fmt: skip
TOKEN_WIDTH = 24
(
    P_PATHWAY, P_SLOT, P_SPELL, P_NUMBER, P_ARRIVED, P_MOVED, P_MOVES, P_BEDS, P_PENDING, P_GONE, P_KEEP, P_OVERS, P_PERSON,
    P_ROWS_N, P_ROWS,
) = range(15)  # fmt: skip
GATHERED = 24  # rows of a patient that gather before they go to the log: most have fewer in all, or very many
RUN = (
    GATHERED + 1
)  # pairs of words that a run of rows takes at most: its head, the spell and how many, then the rows
PATIENT_FIXED = (
    P_ROWS + 2 * GATHERED
)  # then the beds held, the passages of each step, the repeats still to do
S_WHERE, S_NUMBER, S_PERSON = range(
    3
)  # a spell: place of the pathway << 40 | slot, the spell's number, the patient's
SPELL_WIDTH = 3
B_NODE, B_NEED, B_VISIT, B_OVER, B_ORDER, B_HOME = range(6)
BED_WIDTH = 6
# states of a token
GO, ARRIVING, SERVING, DELAYING, LEADING, MEMBER, RETURNING, FREEING, IDLE, FORKED = range(10)
# what the heap may hold
WAKE, EXPIRE, LOOK, AGE, CLOCK = range(5)
# what `run` may want
DONE, DRAWS, SPACE, KNOT, LOOP, ARRIVALS = range(6)
# phases that may be stopped midway
SERVE_PHASE, OPEN_PHASE = 1, 2
# kinds of node, as cisim.network.Kind numbers them
(
    ACTIVITY,
    STAY,
    READY_NODE,
    ROUND,
    BATCH,
    DELAY,
    BRANCH,
    REPEAT,
    AGAIN,
    LEAVE,
    PARTIAL,
    PASS,
    ALL_OF,
    JOIN,
    RETURN,
) = range(15)
UNTIL_NEXT_BED, RELEASE, HOLD = range(3)
# the first ten codes of a node say an event of its step
ASK, BEGIN, ENDED, IS_READY, GIVE_UP, TURN_AWAY, SWAP, INTERRUPT, RESUME, MOVE = range(10)
TAKE, GIVE, FREE = range(3)  # the codes of each need
FREE_TRACK = 1_000_000
NEVER = 1 << 62
BEHIND = 4  # pairs of the heap that are never used
_SERIALS = (1 << 28) - 1


def _pointer_of(_context: Any, array: Any) -> Any:
    """Return where an array's numbers begin.

    The functions below get such pointers and no arrays: counting references to arrays took nine tenths of the time.
    """

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), code


_pointer: Any = intrinsic(_pointer_of)


compiled = njit(cache=True, error_model="numpy")
tiny = njit(cache=True, error_model="numpy", forceinline=True)  # a call would cost more than what it does


# -- tallies, rows and lists ------------------------------------------------------------------------------


@tiny
def _change_at(m, now, level, by):
    """Let a level rise or fall; the place after it keeps what its integral has less than if the level had always been so."""
    m[level] += by
    m[level + 1] -= by * now


@tiny
def _change(m, level, by):
    """Let a level rise or fall now."""
    _change_at(m, m[NOW], level, by)


@compiled
def _hand_in(m, log, p):
    """Move the rows that a patient has gathered to the log."""
    n = m[p + P_ROWS_N]
    if n > 0:
        at = 2 * m[LOG_N]
        log[at] = m[p + P_SPELL]
        log[at + 1] = n
        for i in range(2 * n):
            log[at + 2 + i] = m[p + P_ROWS + i]
        m[LOG_N] += n + 1
        m[p + P_ROWS_N] = 0


@tiny
def _row(m, log, p, code, visit, time):
    """Write a row of the log, as two words: time, and code and passage."""
    if m[p + P_KEEP]:
        if m[p + P_ROWS_N] == GATHERED:
            _hand_in(m, log, p)
        n = m[p + P_ROWS_N]
        m[p + P_ROWS + 2 * n] = time
        m[p + P_ROWS + 2 * n + 1] = code << 32 | visit & 0xFFFFFFFF
        m[p + P_ROWS_N] = n + 1


@compiled
def _push(m, time, kind, ref, serial):
    """Add to the heap of what is to come: pairs of a time and what it is, each pair earlier than the four below it."""
    what = kind | ref << 3 | serial << 35
    if m[HOLE]:
        m[HOLE] = 0
        _sink(m, time, what)
        return
    heap = m[HEAP]
    i = m[HEAP_N]
    m[HEAP_N] = i + 1
    while i > 0:
        up = (i - 1) >> 2
        if m[heap + 2 * up] <= time:
            break
        m[heap + 2 * i] = m[heap + 2 * up]
        m[heap + 2 * i + 1] = m[heap + 2 * up + 1]
        i = up
    m[heap + 2 * i] = time
    m[heap + 2 * i + 1] = what


@tiny
def _sink(m, time, what):
    """Put something in the place of the earliest. Behind the last stands NEVER, so that there are always four to compare."""
    heap = m[HEAP]
    n = m[HEAP_N]
    i = 0
    while 4 * i + 1 < n:
        a = heap + 8 * i + 2
        b = a + 2 if m[a + 2] < m[a] else a
        c = a + 6 if m[a + 6] < m[a + 4] else a + 4
        best = c if m[c] < m[b] else b
        if m[best] >= time:
            break
        m[heap + 2 * i] = m[best]
        m[heap + 2 * i + 1] = m[best + 1]
        i = (best - heap) >> 1
    m[heap + 2 * i] = time
    m[heap + 2 * i + 1] = what


@compiled
def _pop(m):
    """Remove the earliest of the heap and return what it is."""
    heap = m[HEAP]
    out = m[heap + 1]
    n = m[HEAP_N] - 1
    m[HEAP_N] = n
    time, what = m[heap + 2 * n], m[heap + 2 * n + 1]
    m[heap + 2 * n] = NEVER
    if n > 0:
        _sink(m, time, what)
    return out


@tiny
def _soon(m, tok):
    """Let a token go on in the next round of this instant."""
    m[m[READY_NEXT] + m[NEXT_N]] = tok
    m[NEXT_N] += 1


@compiled
def _not_soon(m, tok):
    """Take a token out of the next round again."""
    kept = 0
    for i in range(m[NEXT_N]):
        other = m[m[READY_NEXT] + i]
        if other != tok:
            m[m[READY_NEXT] + kept] = other
            kept += 1
    m[NEXT_N] = kept


@tiny
def _wake_at(m, tok, time):
    if time <= m[NOW]:
        _soon(m, tok)
    elif time < m[END]:
        _push(m, time, WAKE, tok, m[m[TOKENS] + tok * TOKEN_WIDTH + T_SERIAL])


@compiled
def _new_token(m, patient, track):
    tok = m[TOKEN_FREE]
    if tok >= 0:
        m[TOKEN_FREE] = m[m[TOKENS] + tok * TOKEN_WIDTH + T_NEXT]
    else:
        tok = m[TOKEN_N]
        m[TOKEN_N] = tok + 1
    t = m[TOKENS] + tok * TOKEN_WIDTH
    serial = m[t + T_SERIAL]
    for i in range(TOKEN_WIDTH):
        m[t + i] = 0
    m[t + T_SERIAL] = serial
    m[t + T_PATIENT] = patient
    m[t + T_TRACK] = track
    m[t + T_LINE] = -1
    m[t + T_TAKEN] = -1
    m[t + T_MEMBER] = -1
    m[t + T_MAIN] = -1
    return tok


@compiled
def _drop_token(m, tok):
    t = m[TOKENS] + tok * TOKEN_WIDTH
    m[t + T_SERIAL] = (m[t + T_SERIAL] + 1) & _SERIALS
    m[t + T_STATE] = IDLE
    m[t + T_NEXT] = m[TOKEN_FREE]
    m[TOKEN_FREE] = tok


@compiled
def _new_patient(m, who, pathway, slot, person, spell, keep, arrived):
    """Return a new patient record, and note whose spell it is."""
    patient = m[PATIENT_FREE]
    if patient >= 0:
        m[PATIENT_FREE] = m[m[PATIENTS] + patient * m[WIDTH] + P_PATHWAY]
    else:
        patient = m[PATIENT_N]
        m[PATIENT_N] = patient + 1
    p = m[PATIENTS] + patient * m[WIDTH]
    for i in range(P_ROWS):
        m[p + i] = 0
    for i in range(PATIENT_FIXED, m[WIDTH]):
        m[p + i] = 0
    m[p + P_PATHWAY] = pathway
    m[p + P_SLOT] = slot
    m[p + P_NUMBER] = spell
    m[p + P_PERSON] = person
    m[p + P_ARRIVED] = arrived
    m[p + P_MOVED] = -1
    m[p + P_KEEP] = keep
    if keep:
        m[p + P_SPELL] = m[SPELL_N]
        s = m[SPELL_N] * SPELL_WIDTH
        who[s + S_WHERE] = pathway << 40 | slot
        who[s + S_NUMBER] = spell
        who[s + S_PERSON] = person
        m[SPELL_N] += 1
    return patient


@compiled
def _drop_patient(m, log, patient):
    """Forget a patient who has gone, unless a place is still turned round after them."""
    p = m[PATIENTS] + patient * m[WIDTH]
    if m[p + P_GONE] and m[p + P_PENDING] == 0:
        _hand_in(m, log, p)
        m[p + P_PATHWAY] = m[PATIENT_FREE]
        m[PATIENT_FREE] = patient


# -- random numbers ---------------------------------------------------------------------------------------


@tiny
def _at_hand(m, stream, slot, visit):
    """Return whether a number is drawn, or can be made now."""
    if m[stream + STREAM_ONCE]:
        visit = 0
    if visit >= m[stream + STREAM_SINGLE]:
        return True
    if visit >= m[stream + STREAM_VISITS]:
        return False
    block = slot >> m[SHIFT]
    return m[m[BLOCK_AT] + m[stream + STREAM_BASE] + visit * m[stream + STREAM_BLOCKS] + block] >= 0


@tiny
def _there(m, stream, slot, visit):
    """Return whether a number is drawn, or can be made now; if not, say which block is wanted."""
    if stream < 0 or _at_hand(m, stream, slot, visit):
        return True
    m[STATUS] = DRAWS
    m[WANT_STREAM] = stream
    m[WANT_VISIT] = 0 if m[stream + STREAM_ONCE] else visit
    m[WANT_BLOCK] = slot >> m[SHIFT]
    return False


@compiled
def _drawn(m, draws, stream, p, visit):
    """Return a patient's number from a stream: from its block, or made now where few of a block would be asked for."""
    if m[stream + STREAM_ONCE]:
        visit = 0
    if visit >= m[stream + STREAM_SINGLE]:
        u = uniform(m[stream + STREAM_LOW], m[stream + STREAM_HIGH], m[p + P_PERSON], visit)
        return number(draws[1], m[stream + STREAM_PARAMS], u)
    shift = m[SHIFT]
    slot = m[p + P_SLOT]
    at = m[stream + STREAM_BASE] + visit * m[stream + STREAM_BLOCKS] + (slot >> shift)
    return draws[0][m[m[BLOCK_AT] + at] + (slot & ((1 << shift) - 1))]


@tiny
def _all_there(m, node, p):
    """Return whether all numbers that a node may ask for at this passage are drawn."""
    first, last = m[node + DRAW_FIRST], m[node + DRAW_LAST]
    if first == last:
        return True
    visit = m[p + m[VISITS_AT] + m[node + LOCAL_STEP]] if m[node + LOCAL_STEP] >= 0 else 0
    for i in range(first, last):
        if not _there(m, m[i], m[p + P_SLOT], visit):
            return False
    return True


@compiled
def _look_for_room(m, extra):
    room = m[ROOM]
    moves = min(
        (m[LOG_CAP] - m[LOG_N] - RUN * extra) // (RUN * room),  # any row may send a whole run before it
        (m[TOKEN_CAP] - m[TOKEN_N]) // room,
        (m[PATIENT_CAP] - m[PATIENT_N]) // room,
        (m[SPELL_CAP] - m[SPELL_N]) // room,
        (m[HEAP_CAP] - m[HEAP_N]) // room,
        (m[EXPIRING_CAP] - m[EXPIRING_N]) // room,
    )
    if moves > 1:
        m[BUDGET] = moves - 2
        return True
    m[BUDGET] = 0
    m[STATUS] = SPACE
    m[WANT_ROWS] = RUN * (2 * room + extra)
    return False


@tiny
def _fits(m, extra):
    """Return whether the tables have room for one move and so many rows; how many moves are safe is looked up only now and then."""
    if extra == 0 and m[BUDGET] > 0:
        m[BUDGET] -= 1
        return True
    return _look_for_room(m, extra)


# -- lines ------------------------------------------------------------------------------------------------


@compiled
def _earlier(m, a, b):
    """Return whether token `a` comes before `b` by time, pathway, patient, visit and step."""
    s, t = m[TOKENS] + a * TOKEN_WIDTH, m[TOKENS] + b * TOKEN_WIDTH
    if m[s + T_SINCE] != m[t + T_SINCE]:
        return m[s + T_SINCE] < m[t + T_SINCE]
    p, q = m[PATIENTS] + m[s + T_PATIENT] * m[WIDTH], m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    if m[p + P_PATHWAY] != m[q + P_PATHWAY]:
        return m[p + P_PATHWAY] < m[q + P_PATHWAY]
    if m[p + P_SLOT] != m[q + P_SLOT]:
        return m[p + P_SLOT] < m[q + P_SLOT]
    if m[s + T_VISIT] != m[t + T_VISIT]:
        return m[s + T_VISIT] < m[t + T_VISIT]
    return m[m[s + T_NODE] + STEP] < m[m[t + T_NODE] + STEP]


@compiled
def _stand(m, tok, line):
    """Stand in a line, in order; most come last."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    m[t + T_LINE] = line
    m[line + LINE_COUNT] += 1
    after = m[line + LINE_TAIL]
    head = m[line + LINE_HEAD]
    if head >= 0 and _earlier(m, tok, head):
        after = -1  # an old wait taken up again goes to the front at once
    while after >= 0 and _earlier(m, tok, after):
        after = m[m[TOKENS] + after * TOKEN_WIDTH + T_PREV]
    if after >= 0:
        a = m[TOKENS] + after * TOKEN_WIDTH
        follower = m[a + T_NEXT]
        m[a + T_NEXT] = tok
    else:
        follower = head
        m[line + LINE_HEAD] = tok
    m[t + T_PREV] = after
    m[t + T_NEXT] = follower
    if follower >= 0:
        m[m[TOKENS] + follower * TOKEN_WIDTH + T_PREV] = tok
    else:
        m[line + LINE_TAIL] = tok


@compiled
def _unstand(m, tok):
    """Leave the line."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    line = m[t + T_LINE]
    if line < 0:
        return
    before, after = m[t + T_PREV], m[t + T_NEXT]
    if before >= 0:
        m[m[TOKENS] + before * TOKEN_WIDTH + T_NEXT] = after
    else:
        m[line + LINE_HEAD] = after
    if after >= 0:
        m[m[TOKENS] + after * TOKEN_WIDTH + T_PREV] = before
    else:
        m[line + LINE_TAIL] = before
    m[line + LINE_COUNT] -= 1
    m[t + T_LINE] = -1


@tiny
def _class_line(m, first, priority):
    """Return the line of a priority among those from `first` on."""
    while m[first + LINE_PRIORITY] != priority:
        first += LINE_WIDTH
    return first


@tiny
def _queue_of(m, t):
    node = m[t + T_NODE]
    return m[node + HOME] if m[t + T_HOME] else m[node + QUEUE]


@tiny
def _head(m, queue):
    line = m[queue + QUEUE_LINE]
    for i in range(line, m[queue + QUEUE_LINES], LINE_WIDTH):
        if m[i + LINE_HEAD] >= 0:
            return m[i + LINE_HEAD]
    return -1


@tiny
def _touch_queue(m, queue):
    """Look again at a queue in the next service: its head may have become servable."""
    if not m[queue + QUEUE_TOUCHED]:
        m[queue + QUEUE_TOUCHED] = 1
        m[m[TOUCHED] + m[TOUCHED_N]] = queue
        m[TOUCHED_N] += 1


@tiny
def _touch(m, pool):
    """Look again at the queues that could use a pool: it may have room."""
    first = m[pool + USED_FIRST]
    for i in range(first, m[pool + USED_LAST]):
        queue = m[i]
        if _head(m, queue) >= 0:
            _touch_queue(m, queue)


# -- pools and beds ---------------------------------------------------------------------------------------


@tiny
def _take(m, log, p, node, visit, need):
    _change(m, HELD + m[need + NEED_POOL], m[need + NEED_UNITS])
    _row(m, log, p, m[node + CODE_NEED] + m[need + NEED_CODE] + TAKE, visit, m[NOW])


@compiled
def _give(m, draws, log, patient, node, visit, need, turns):
    """Give back; where it is turned round or kept longer, the place is free only when that is over."""
    p = m[PATIENTS] + patient * m[WIDTH]
    pool, units = m[need + NEED_POOL], m[need + NEED_UNITS]
    _change(m, HELD + pool, -units)
    _row(m, log, p, m[node + CODE_NEED] + m[need + NEED_CODE] + GIVE, visit, m[NOW])
    if turns:
        time = 0
        if m[node + AFTER_HOLD] >= 0:
            time = _drawn(m, draws, m[node + AFTER_HOLD], p, visit)
        for i in range(m[node + TURN_FIRST], m[node + TURN_LAST], TURN_WIDTH):
            if m[i + TURN_POOL] == pool:
                time += _drawn(m, draws, m[i + TURN_STREAM], p, visit)
        if time > 0:
            _change(m, TURNING + pool, units)
            tok = _new_token(m, patient, FREE_TRACK)
            t = m[TOKENS] + tok * TOKEN_WIDTH
            m[t + T_STATE] = FREEING
            m[t + T_NODE] = node
            m[t + T_VISIT] = visit
            m[t + T_TAKEN] = need
            m[p + P_PENDING] += 1
            _wake_at(m, tok, m[NOW] + time)
    _touch(m, pool)


@compiled
def _add_bed(m, p, node, need, visit):
    b = p + PATIENT_FIXED + m[p + P_BEDS] * BED_WIDTH
    m[p + P_BEDS] += 1
    m[b + B_NODE] = node
    m[b + B_NEED] = need
    m[b + B_VISIT] = visit
    m[b + B_OVER] = -1
    m[b + B_HOME] = -1


@compiled
def _no_move_home(m, b):
    """Take back the wish of an outlier to move to the own ward."""
    tok = m[b + B_HOME]
    if tok >= 0:
        queue = _queue_of(m, m[TOKENS] + tok * TOKEN_WIDTH)
        _unstand(m, tok)
        _drop_token(m, tok)
        m[b + B_HOME] = -1
        _touch_queue(m, queue)


@compiled
def _give_bed(m, draws, log, patient, i, turns):
    """Give back the bed of place `i` in the patient's list."""
    p = m[PATIENTS] + patient * m[WIDTH]
    b = p + PATIENT_FIXED + i * BED_WIDTH
    _no_move_home(m, b)
    node, need, visit = m[b + B_NODE], m[b + B_NEED], m[b + B_VISIT]
    m[p + P_BEDS] -= 1
    for j in range(b, p + PATIENT_FIXED + m[p + P_BEDS] * BED_WIDTH):
        m[j] = m[j + BED_WIDTH]
    _give(m, draws, log, patient, node, visit, need, turns)


@compiled
def _free_beds(m, draws, log, patient, also_held, exchanged):
    """Give back the beds whose stay is over, in the order in which they were over; those kept with `hold` only at the next bed.

    The bed of the stay `exchanged` goes to another patient at once, so it is not turned round.
    """
    p = m[PATIENTS] + patient * m[WIDTH]
    while True:
        found, order = -1, NEVER
        for i in range(m[p + P_BEDS]):
            b = p + PATIENT_FIXED + i * BED_WIDTH
            over = m[b + B_OVER]
            if over >= 0 and (also_held or over == UNTIL_NEXT_BED) and m[b + B_ORDER] < order:
                found, order = i, m[b + B_ORDER]
        if found < 0:
            return
        turns = m[p + PATIENT_FIXED + found * BED_WIDTH + B_NODE] != exchanged
        _give_bed(m, draws, log, patient, found, turns)


# -- asking and being served ------------------------------------------------------------------------------


@compiled
def _listed(m, table, n, step, visit, slot):
    """Return whether a passage is in a sorted list of passages."""
    if n == 0 or visit >= m[LISTED_VISITS]:
        return False
    key = (m[step + STEP_CODE] * m[LISTED_VISITS] + visit) * m[LISTED_SLOTS] + slot
    low, high = 0, n
    while low < high:
        middle = (low + high) >> 1
        if m[m[table] + middle] < key:
            low = middle + 1
        else:
            high = middle
    return low < n and m[m[table] + low] == key


@compiled
def _base_priority(m, draws, node, p):
    first = m[node + PRIORITY]
    if first < 0:
        return 0
    attribute = m[node + PRIORITY_ATTRIBUTE]
    return m[first + draws[0][attribute + m[p + P_SLOT]]] if attribute >= 0 else m[first]


@compiled
def _aged(m, node, priority, waited):
    """Return the priority of whoever has waited so long."""
    for i in range(m[node + AGEING_FIRST], m[node + AGEING_LAST], AGEING_WIDTH):
        if waited >= m[i + AGEING_AFTER]:
            priority = min(priority, m[i + AGEING_TO])
    return priority


@compiled
def _ask(m, draws, log, tok, asked):
    """Begin to wait at the token's node: the row, the passage, the key."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    step = m[node + STEP]
    at = p + m[VISITS_AT] + m[node + LOCAL_STEP]
    visit = m[at]
    m[at] = visit + 1
    m[t + T_VISIT] = visit
    m[t + T_ASKED] = asked
    m[t + T_SINCE] = m[p + P_ARRIVED] if m[node + BY_ARRIVAL] else asked
    m[t + T_PRIORITY] = _base_priority(m, draws, node, p)
    m[t + T_WAITS] = 1
    m[t + T_TAKEN] = -1
    m[t + T_REFUSED] = 0
    m[t + T_KEEPS] = 0
    m[t + T_INTERRUPTED] = 0
    if m[REFUSED_N] or m[TURNED_N]:
        if _listed(m, TURNED_KEY, m[TURNED_N], step, visit, m[p + P_SLOT]):
            m[t + T_REFUSED] = 2
        elif _listed(m, REFUSED, m[REFUSED_N], step, visit, m[p + P_SLOT]):
            m[t + T_REFUSED] = 1
    _row(m, log, p, m[node + CODE] + ASK, visit, asked)
    _change(m, WAITING + step, 1)


@compiled
def _lose_patience(m, draws, tok):
    """Say until when a token waits, where its step has a patience."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    stream = m[m[t + T_NODE] + PATIENCE]
    if stream >= 0:
        p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
        until = m[t + T_ASKED] + _drawn(m, draws, stream, p, m[t + T_VISIT])
        if until <= m[NOW]:
            m[m[EXPIRING] + m[EXPIRING_N]] = tok << 28 | m[t + T_SERIAL]
            m[EXPIRING_N] += 1
        elif until < m[END]:
            _push(m, until, EXPIRE, tok, m[t + T_SERIAL])


@compiled
def _join(m, draws, tok):
    """Stand in the queue of the token's node, and see to all that may come of waiting."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    _lose_patience(m, draws, tok)
    step = m[node + STEP]
    if m[t + T_REFUSED]:
        if m[t + T_REFUSED] == 2 and m[node + LIMIT] >= 0:
            _over_limit(m, step)
        return
    serial = m[t + T_SERIAL]
    for i in range(m[node + AGEING_FIRST], m[node + AGEING_LAST], AGEING_WIDTH):
        when = m[t + T_SINCE] + m[i + AGEING_AFTER]
        if m[NOW] < when < m[END]:
            _push(m, when, AGE, tok, serial)
    m[t + T_PRIORITY] = _aged(m, node, m[t + T_PRIORITY], m[NOW] - m[t + T_SINCE])
    queue = m[node + QUEUE]
    _stand(m, tok, _class_line(m, m[queue + QUEUE_LINE], m[t + T_PRIORITY]))
    first = m[queue + QUEUE_FIRST]
    for i in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        after = m[i + ALTERNATIVE_AFTER]
        when = m[t + T_ASKED] + after
        if m[NOW] < when < m[END]:
            _push(m, when, LOOK, tok, serial)
    _touch_queue(m, queue)
    least = m[step + STEP_LIMIT]
    if least >= 0:
        m[step + STANDING] += 1
        if m[step + STANDING] > least and not m[REPLAYING]:
            _over_limit(m, step)
    if m[node + KIND] == STAY and m[m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH] + P_BEDS] > 0:
        m[t + T_KEEPS] = 1
        m[KEEPING] += 1
        m[KNOT_CHECK] = 1


@compiled
def _over_limit(m, step):
    if not m[step + OVER_FLAG]:
        m[step + OVER_FLAG] = 1
        m[m[OVER] + m[OVER_N]] = step
        m[OVER_N] += 1


@compiled
def _stop_waiting(m, tok):
    """End a wait, however it ended."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    m[t + T_WAITS] = 0
    m[t + T_SERIAL] = (m[t + T_SERIAL] + 1) & _SERIALS
    m[KEEPING] -= m[t + T_KEEPS]
    m[t + T_KEEPS] = 0
    _change(m, WAITING + m[node + STEP], -1)
    kind = m[node + KIND]
    if m[t + T_LINE] >= 0:
        if (kind == ACTIVITY or kind == STAY) and not m[t + T_INTERRUPTED]:
            m[m[node + STEP] + STANDING] -= m[m[node + STEP] + STEP_LIMIT] >= 0
        _unstand(m, tok)
        if kind == ACTIVITY or kind == STAY:
            _touch_queue(m, m[node + QUEUE])


@tiny
def _room(m, pool, units):
    return (
        m[pool + UNLIMITED] != 0
        or m[pool + HELD] + m[pool + TURNING] + m[pool + SET_ASIDE] + units <= m[pool + ROSTER]
    )


@compiled
def _own_patient_first(m, pool):
    """Return whether somebody whose first choice needs the pool could have everything now."""
    first = m[pool + OWN_FIRST]
    for i in range(first, m[pool + OWN_LAST]):
        queue = m[i]
        if _head(m, queue) >= 0:
            alternative = m[queue + QUEUE_FIRST]
            need = m[alternative + ALTERNATIVE_FIRST]
            could = True
            for j in range(need, m[alternative + ALTERNATIVE_LAST], NEED_WIDTH):
                other = m[j + NEED_POOL]
                taken = m[other + HELD] + m[other + TURNING] + m[j + NEED_UNITS]
                if m[other + UNLIMITED] == 0 and taken > m[other + ROSTER]:
                    could = False
                    break
            if could:
                return True
    return False


@compiled
def _wants_home(m, tok, i, need, since):
    """Let an outlier stand in the queue of the own ward since the bed was taken; `i` is its place in the patient's list."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node, patient = m[t + T_NODE], m[t + T_PATIENT]
    first = m[m[m[node + QUEUE] + QUEUE_FIRST] + ALTERNATIVE_FIRST]
    if m[node + HOME] < 0 or m[need + NEED_POOL] == m[first + NEED_POOL]:
        return
    visit = m[t + T_VISIT]
    priority = m[t + T_LEFT]  # the stay's own priority, set down by the caller
    home = _new_token(m, patient, m[t + T_TRACK])
    h = m[TOKENS] + home * TOKEN_WIDTH
    m[h + T_NODE] = node
    m[h + T_HOME] = 1
    m[h + T_VISIT] = visit
    m[h + T_ASKED] = since
    m[h + T_SINCE] = since
    m[h + T_PRIORITY] = priority
    m[h + T_STATE] = IDLE
    m[m[PATIENTS] + patient * m[WIDTH] + PATIENT_FIXED + i * BED_WIDTH + B_HOME] = home
    _stand(m, home, _class_line(m, m[m[node + HOME] + QUEUE_LINE], priority))
    _touch_queue(m, m[node + HOME])


@compiled
def _in_bed(m, draws, log, tok, need):
    """Take the bed granted, and go on inside the stay."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    _take(m, log, p, node, m[t + T_VISIT], need)
    _add_bed(m, p, node, need, m[t + T_VISIT])
    _row(m, log, p, m[node + CODE] + BEGIN, m[t + T_VISIT], m[NOW])
    m[t + T_LEFT] = _base_priority(m, draws, node, p)
    _wants_home(m, tok, m[p + P_BEDS] - 1, need, m[NOW])
    m[t + T_NODE] = m[node + NEXT]
    m[t + T_STATE] = GO
    _soon(m, tok)


@compiled
def _grant(m, draws, log, tok, alternative):
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node, patient = m[t + T_NODE], m[t + T_PATIENT]
    p = m[PATIENTS] + patient * m[WIDTH]
    first = m[alternative + ALTERNATIVE_FIRST]
    last = m[alternative + ALTERNATIVE_LAST]
    visit = m[t + T_VISIT]
    if m[t + T_HOME]:
        _move_home(m, draws, log, tok)
        return
    kind = m[node + KIND]
    if kind == BATCH:
        _begin_together(m, draws, log, tok, first, last)
        return
    interrupted = m[t + T_INTERRUPTED]
    _stop_waiting(m, tok)
    m[t + T_TAKEN] = alternative
    if kind == STAY:
        _free_beds(m, draws, log, patient, True, -1)
        _in_bed(m, draws, log, tok, first)
        return
    for need in range(first, last, NEED_WIDTH):
        _take(m, log, p, node, visit, need)
    code = m[node + CODE]
    if interrupted:
        _row(m, log, p, code + RESUME, visit, m[NOW])
        m[t + T_INTERRUPTED] = 0
    else:
        _row(m, log, p, code + BEGIN, visit, m[NOW])
        m[t + T_LEFT] = _drawn(m, draws, m[node + DURATION], p, visit)
    m[t + T_STATE] = SERVING
    m[t + T_BEGUN] = m[NOW]
    m[t + T_UNTIL] = m[NOW] + m[t + T_LEFT]
    _wake_at(m, tok, m[t + T_UNTIL])


@compiled
def _move_home(m, draws, log, tok):
    """Move an outlier to the own ward."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node, patient, visit = m[t + T_NODE], m[t + T_PATIENT], m[t + T_VISIT]
    p = m[PATIENTS] + patient * m[WIDTH]
    queue = m[node + HOME]
    _unstand(m, tok)
    _drop_token(m, tok)
    _touch_queue(m, queue)
    for i in range(m[p + P_BEDS]):
        b = p + PATIENT_FIXED + i * BED_WIDTH
        if m[b + B_HOME] == tok:
            m[b + B_HOME] = -1
            old = m[b + B_NEED]
            own = m[m[m[node + QUEUE] + QUEUE_FIRST] + ALTERNATIVE_FIRST]
            m[b + B_NEED] = own
            _row(m, log, p, m[node + CODE] + MOVE, visit, m[NOW])
            _give(m, draws, log, patient, node, visit, old, True)
            _take(m, log, p, node, visit, own)
            return


@compiled
def _begin_together(m, draws, log, tok, first, last):
    """Begin what a batch does together: its oldest takes all that is needed, each member begins."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    _unstand(m, tok)
    _touch_queue(m, m[node + QUEUE])
    for need in range(first, last, NEED_WIDTH):
        _take(m, log, p, node, m[t + T_VISIT], need)
    member = tok
    while member >= 0:
        s = m[TOKENS] + member * TOKEN_WIDTH
        _stop_waiting(m, member)
        _row(
            m, log, m[PATIENTS] + m[s + T_PATIENT] * m[WIDTH],
            m[node + CODE] + BEGIN, m[s + T_VISIT], m[NOW],
        )  # fmt: skip
        member = m[s + T_MEMBER]
    m[t + T_STATE] = LEADING
    m[t + T_LEFT] = first
    m[t + T_UNTIL] = last
    _wake_at(m, tok, m[NOW] + _drawn(m, draws, m[node + DURATION], p, m[t + T_VISIT]))


@compiled
def _try_grant(m, draws, log, tok):
    """Grant the first alternative that may be had; return whether one was."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    queue = _queue_of(m, t)
    first = m[queue + QUEUE_FIRST]
    for alternative in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        after = m[alternative + ALTERNATIVE_AFTER]
        if after > 0 and m[NOW] - m[t + T_ASKED] < after:
            continue
        need = m[alternative + ALTERNATIVE_FIRST]
        fits = True
        for i in range(need, m[alternative + ALTERNATIVE_LAST], NEED_WIDTH):
            pool = m[i + NEED_POOL]
            if not _room(m, pool, m[i + NEED_UNITS]) or (alternative > first and _own_patient_first(m, pool)):
                fits = False
                break
        if fits:
            _grant(m, draws, log, tok, alternative)
            return True
    if m[ANY_PREEMPT] and not m[t + T_HOME] and m[m[t + T_NODE] + PREEMPTS] == 1:
        return _pre_empt(m, draws, log, tok)
    return False


@compiled
def _pre_empt(m, draws, log, tok):
    """Interrupt running activities of less urgency, if that makes room; return whether it did."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    queue = _queue_of(m, t)
    first = m[queue + QUEUE_FIRST]
    for alternative in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        after = m[alternative + ALTERNATIVE_AFTER]
        if after > 0 and m[NOW] - m[t + T_ASKED] < after:
            continue
        need = m[alternative + ALTERNATIVE_FIRST]
        last = m[alternative + ALTERNATIVE_LAST]
        own = False
        for i in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
            m[i + SHORT] = 0
        for i in range(need, last, NEED_WIDTH):
            pool = m[i + NEED_POOL]
            own = own or (alternative > first and _own_patient_first(m, pool))
            if not m[pool + UNLIMITED]:
                taken = m[pool + HELD] + m[pool + TURNING] + m[pool + SET_ASIDE]
                m[pool + SHORT] = max(0, taken + m[i + NEED_UNITS] - m[pool + ROSTER])
        if own:
            continue
        marked = _mark_victims(m, m[t + T_PRIORITY], need, last)
        if marked > 0:
            for i in range(marked):
                _interrupt(m, draws, log, m[m[MARKED] + i])
            _grant(m, draws, log, tok, alternative)
            return True
    return False


@compiled
def _later_victim(m, a, b):
    """Return whether running token `a` is interrupted before `b`."""
    s, t = m[TOKENS] + a * TOKEN_WIDTH, m[TOKENS] + b * TOKEN_WIDTH
    if m[s + T_PRIORITY] != m[t + T_PRIORITY]:
        return m[s + T_PRIORITY] > m[t + T_PRIORITY]
    if m[s + T_BEGUN] != m[t + T_BEGUN]:
        return m[s + T_BEGUN] > m[t + T_BEGUN]
    p, q = m[PATIENTS] + m[s + T_PATIENT] * m[WIDTH], m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    if m[p + P_PATHWAY] != m[q + P_PATHWAY]:
        return m[p + P_PATHWAY] > m[q + P_PATHWAY]
    if m[p + P_SLOT] != m[q + P_SLOT]:
        return m[p + P_SLOT] > m[q + P_SLOT]
    if m[s + T_VISIT] != m[t + T_VISIT]:
        return m[s + T_VISIT] > m[t + T_VISIT]
    return m[m[s + T_NODE] + STEP] > m[m[t + T_NODE] + STEP]


@compiled
def _mark_victims(m, priority, need, last):
    """Write into MARKED whom to interrupt so that nothing is short, and return how many; 0 where it cannot be."""
    marked = 0
    before = -1
    while True:
        short = False
        for i in range(need, last, NEED_WIDTH):
            short = short or m[m[i + NEED_POOL] + SHORT] > 0
        if not short:
            return marked
        best = -1  # the next candidate in order after the one looked at before
        for tok in range(m[TOKEN_N]):
            t = m[TOKENS] + tok * TOKEN_WIDTH
            if (
                m[t + T_STATE] == SERVING
                and m[t + T_WAITS] == 0
                and m[t + T_PRIORITY] > priority
                and (before < 0 or _later_victim(m, before, tok))
                and (best < 0 or _later_victim(m, tok, best))
            ):
                best = tok
        if best < 0:
            return 0
        before = best
        taken = m[m[TOKENS] + best * TOKEN_WIDTH + T_TAKEN]
        first = m[taken + ALTERNATIVE_FIRST]
        helps = False
        for i in range(first, m[taken + ALTERNATIVE_LAST], NEED_WIDTH):
            helps = helps or m[m[i + NEED_POOL] + SHORT] > 0
        if helps:
            for i in range(first, m[taken + ALTERNATIVE_LAST], NEED_WIDTH):
                m[m[i + NEED_POOL] + SHORT] -= m[i + NEED_UNITS]
            m[m[MARKED] + marked] = best
            marked += 1


@compiled
def _interrupt(m, draws, log, tok):
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node, patient, visit = m[t + T_NODE], m[t + T_PATIENT], m[t + T_VISIT]
    p = m[PATIENTS] + patient * m[WIDTH]
    m[t + T_SERIAL] = (m[t + T_SERIAL] + 1) & _SERIALS
    if m[t + T_UNTIL] <= m[NOW]:
        _not_soon(m, tok)
    _row(m, log, p, m[node + CODE] + INTERRUPT, visit, m[NOW])
    taken = m[t + T_TAKEN]
    first = m[taken + ALTERNATIVE_FIRST]
    for need in range(first, m[taken + ALTERNATIVE_LAST], NEED_WIDTH):
        _give(m, draws, log, patient, node, visit, need, False)
    if not m[node + RESTART]:
        m[t + T_LEFT] = m[t + T_UNTIL] - m[NOW]
    m[t + T_INTERRUPTED] = 1
    m[t + T_WAITS] = 1
    m[t + T_STATE] = IDLE
    _change(m, WAITING + m[node + STEP], 1)
    queue = m[node + QUEUE]
    _stand(m, tok, _class_line(m, m[queue + QUEUE_LINE], m[t + T_PRIORITY]))
    _touch_queue(m, queue)
    first = m[queue + QUEUE_FIRST]
    for i in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        when = m[t + T_ASKED] + m[i + ALTERNATIVE_AFTER]
        if m[NOW] < when < m[END]:
            _push(m, when, LOOK, tok, m[t + T_SERIAL])


@compiled
def _put_in_order(m, heads, first, last, tok):
    """Put a head among those from `first` to `last`, in service order."""
    priority = m[m[TOKENS] + tok * TOKEN_WIDTH + T_PRIORITY]
    j = last
    while j > first:
        other = m[heads + j - 1]
        level = m[m[TOKENS] + other * TOKEN_WIDTH + T_PRIORITY]
        if level < priority or (level == priority and _earlier(m, other, tok)):
            break
        m[heads + j] = other
        j -= 1
    m[heads + j] = tok


@compiled
def _serve(m, draws, log):
    """Examine the heads of queues in order; the first that can have everything takes it; start again. False: space is wanted."""
    while m[TOUCHED_N] > 0:
        if not _fits(m, 0):
            m[MIDWAY] = SERVE_PHASE
            return False
        if m[EXAMINE_ALL]:
            for queue in range(m[QUEUES], m[QUEUES_END], QUEUE_WIDTH):
                if _head(m, queue) >= 0:
                    _touch_queue(m, queue)
        n = 0
        heads = m[HEADS]
        for i in range(m[TOUCHED_N]):
            tok = _head(m, m[m[TOUCHED] + i])
            if tok >= 0:
                _put_in_order(m, heads, 0, n, tok)
                n += 1
        if m[ANY_RESERVE]:
            for i in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
                m[i + SET_ASIDE] = 0
        granted = False
        i = 0
        while i < n:
            tok = m[heads + i]
            i += 1
            t = m[TOKENS] + tok * TOKEN_WIDTH
            if m[t + T_WAITS] and not _fits(m, _group(m, tok)):
                m[MIDWAY] = SERVE_PHASE
                return False
            only_takes = m[ONE_CHOICE] and m[m[t + T_NODE] + KIND] == ACTIVITY
            queue = _queue_of(m, t)
            if _try_grant(m, draws, log, tok):
                if only_takes:  # who could not be served before still cannot: look on from here
                    tok = _head(m, queue)
                    if tok >= 0:
                        for j in range(i, n):  # the served one's place is free: the rest move up
                            m[heads + j - 1] = m[heads + j]
                        i -= 1
                        _put_in_order(m, heads, i, n - 1, tok)
                    continue
                granted = True
                break
            if m[ANY_RESERVE]:
                _set_aside(m, tok)
        if not granted:
            for i in range(m[TOUCHED_N]):
                m[m[m[TOUCHED] + i] + QUEUE_TOUCHED] = 0
            m[TOUCHED_N] = 0
    if m[ANY_RESERVE]:
        for i in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
            m[i + SET_ASIDE] = 0
    if m[KEEPING] > 0:
        m[KNOT_CHECK] = 1
    return True


@compiled
def _group(m, tok):
    """Return how many rows a grant may write beyond the usual: one for each member of a batch."""
    n = 0
    if m[m[m[TOKENS] + tok * TOKEN_WIDTH + T_NODE] + KIND] == BATCH:
        while tok >= 0:
            n += 1
            tok = m[m[TOKENS] + tok * TOKEN_WIDTH + T_MEMBER]
    return n


@compiled
def _set_aside(m, tok):
    t = m[TOKENS] + tok * TOKEN_WIDTH
    if m[t + T_HOME] or m[m[t + T_NODE] + RESERVE] != 1:
        return
    alternative = m[m[m[t + T_NODE] + QUEUE] + QUEUE_FIRST]
    need = m[alternative + ALTERNATIVE_FIRST]
    for i in range(need, m[alternative + ALTERNATIVE_LAST], NEED_WIDTH):
        m[m[i + NEED_POOL] + SET_ASIDE] += m[i + NEED_UNITS]


# -- rounds, batches, limits and patience -----------------------------------------------------------------


@compiled
def _see(m, log, tok):
    """Let somebody who waited for a round or a batch go on."""
    _stop_waiting(m, tok)
    t = m[TOKENS] + tok * TOKEN_WIDTH
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    _row(m, log, p, m[m[t + T_NODE] + CODE] + BEGIN, m[t + T_VISIT], m[NOW])
    m[t + T_NODE] = m[m[t + T_NODE] + NEXT]
    m[t + T_STATE] = GO
    _soon(m, tok)


@compiled
def _hold_rounds(m, log):
    """Hold all rounds of this instant. Nobody joins between two of them. False: space is wanted."""
    while m[OPEN_FROM] < m[OPEN_I]:
        i = m[OPEN_FROM]
        calendar = m[m[OPEN_CALENDAR] + i]
        first = m[calendar + ROUND_LINE]
        n = 0
        for line in range(first, m[calendar + ROUND_LINES], LINE_WIDTH):
            n += m[line + LINE_COUNT]
        places = m[m[OPEN_PLACES] + i]
        if places < 0 or places > n:
            places = n
        if not _fits(m, places):
            m[MIDWAY] = OPEN_PHASE
            return False
        for line in range(first, m[calendar + ROUND_LINES], LINE_WIDTH):
            while places > 0 and m[line + LINE_HEAD] >= 0:
                _see(m, log, m[line + LINE_HEAD])
                places -= 1
        m[OPEN_FROM] = i + 1
    return True


@compiled
def _release(m, log, node, by_clock):
    """Release whole batches, the oldest first; by the clock, all, if the oldest has waited long enough."""
    line = m[node + BATCH_LINE]
    n, size = m[line + LINE_COUNT], m[node + NUMBER]
    count = n // size * size
    if by_clock and count < n:
        tok = m[line + LINE_HEAD]
        for _ in range(count):
            tok = m[m[TOKENS] + tok * TOKEN_WIDTH + T_NEXT]
        if m[NOW] - m[m[TOKENS] + tok * TOKEN_WIDTH + T_ASKED] >= m[node + AT_MOST]:
            count = n
    together = m[node + QUEUE] >= 0
    while count > 0:
        if together:
            group = min(size, count)
            _gather(m, line, group, node)
            count -= group
        else:
            _see(m, log, m[line + LINE_HEAD])
            count -= 1


@compiled
def _gather(m, line, group, node):
    """Make one group of the first of a line; its oldest asks for what they need together."""
    leader = m[line + LINE_HEAD]
    previous = -1
    for _ in range(group):
        tok = m[line + LINE_HEAD]
        _unstand(m, tok)
        m[m[TOKENS] + tok * TOKEN_WIDTH + T_MEMBER] = -1
        m[m[TOKENS] + tok * TOKEN_WIDTH + T_STATE] = MEMBER
        if previous >= 0:
            m[m[TOKENS] + previous * TOKEN_WIDTH + T_MEMBER] = tok
        previous = tok
    queue = m[node + QUEUE]
    t = m[TOKENS] + leader * TOKEN_WIDTH
    _stand(m, leader, _class_line(m, m[queue + QUEUE_LINE], m[t + T_PRIORITY]))
    first = m[queue + QUEUE_FIRST]
    for i in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        when = m[t + T_ASKED] + m[i + ALTERNATIVE_AFTER]
        if m[NOW] < when < m[END]:
            _push(m, when, LOOK, leader, m[t + T_SERIAL])
    _touch_queue(m, queue)


@compiled
def _batches(m, log, count, flag, due, by_clock):
    """Release all batches of a phase. False: space is wanted."""
    rows = 0
    for i in range(m[count]):
        rows += m[m[m[m[due] + i] + BATCH_LINE] + LINE_COUNT]
    if not _fits(m, rows):
        return False
    for i in range(1, m[count]):
        node = m[m[due] + i]
        j = i
        while j > 0 and (m[node + STEP], node) < (m[m[m[due] + j - 1] + STEP], m[m[due] + j - 1]):
            m[m[due] + j] = m[m[due] + j - 1]
            j -= 1
        m[m[due] + j] = node
    for i in range(m[count]):
        node = m[m[due] + i]
        m[node + flag] = 0
        _release(m, log, node, by_clock)
    m[count] = 0
    return True


@compiled
def _look_at_batch(m, count, flag, due, node):
    if not m[node + flag]:
        m[node + flag] = 1
        m[m[due] + m[count]] = node
        m[count] += 1


@compiled
def _go_aside(m, log, tok, code, aside):
    """Leave a queue unserved."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    _stop_waiting(m, tok)
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    _row(m, log, p, m[node + CODE] + code, m[t + T_VISIT], m[NOW])
    m[t + T_NODE] = m[node + aside]
    m[t + T_STATE] = GO
    _soon(m, tok)


@compiled
def _asked_later(m, a, b):
    s, t = m[TOKENS] + a * TOKEN_WIDTH, m[TOKENS] + b * TOKEN_WIDTH
    if m[s + T_ASKED] != m[t + T_ASKED]:
        return m[s + T_ASKED] > m[t + T_ASKED]
    p, q = m[PATIENTS] + m[s + T_PATIENT] * m[WIDTH], m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    if m[p + P_SLOT] != m[q + P_SLOT]:
        return m[p + P_SLOT] > m[q + P_SLOT]
    return m[s + T_VISIT] > m[t + T_VISIT]


@compiled
def _last_of(m, step, before):
    """Return the last by (time asked, patient, visit) of those who stand at a step, before token `before`; -1 for none."""
    last = -1
    for tok in range(m[TOKEN_N]):
        t = m[TOKENS] + tok * TOKEN_WIDTH
        if (
            m[t + T_WAITS]
            and m[t + T_LINE] >= 0
            and not m[t + T_INTERRUPTED]
            and m[m[t + T_NODE] + STEP] == step
            and (before < 0 or _asked_later(m, before, tok))
            and (last < 0 or _asked_later(m, tok, last))
        ):
            last = tok
    return last


@compiled
def _turn_away(m, log):
    """Turn away, at every step, whoever finds as many before them as their limit says. False: space is wanted."""
    if not _fits(m, m[TOKEN_N]):
        return False
    n = 0
    marked = m[MARKED]
    for i in range(m[OVER_N]):
        step = m[m[OVER] + i]
        m[step + OVER_FLAG] = 0
        if m[REPLAYING]:
            for tok in range(m[TOKEN_N]):
                t = m[TOKENS] + tok * TOKEN_WIDTH
                if m[t + T_WAITS] and m[t + T_REFUSED] == 2 and m[m[t + T_NODE] + STEP] == step:
                    m[marked + n] = tok
                    n += 1
            continue
        before, tok = m[step + STANDING] - 1, -1
        while before >= m[step + STEP_LIMIT]:
            tok = _last_of(m, step, tok)
            if m[m[m[TOKENS] + tok * TOKEN_WIDTH + T_NODE] + LIMIT] >= 0 and (
                before >= m[m[m[TOKENS] + tok * TOKEN_WIDTH + T_NODE] + LIMIT]
            ):
                m[marked + n] = tok
                n += 1
            before -= 1
    m[OVER_N] = 0
    _in_order(m, marked, n)
    for i in range(n):
        _go_aside(m, log, m[marked + i], TURN_AWAY, TURNED)
    return True


@compiled
def _in_order(m, tokens, n):
    """Sort tokens by pathway, patient and track."""
    for i in range(1, n):
        tok = m[tokens + i]
        j = i
        while j > 0 and _goes_first(m, tok, m[tokens + j - 1]):
            m[tokens + j] = m[tokens + j - 1]
            j -= 1
        m[tokens + j] = tok


@compiled
def _give_up(m, log):
    """Let all leave whose patience has run out. False: space is wanted."""
    if not _fits(m, m[EXPIRING_N]):
        return False
    n = 0
    for i in range(m[EXPIRING_N]):
        what = m[m[EXPIRING] + i]
        tok, serial = what >> 28, what & _SERIALS
        t = m[TOKENS] + tok * TOKEN_WIDTH
        if m[t + T_SERIAL] == serial and m[t + T_WAITS] and not m[t + T_INTERRUPTED]:
            m[m[MARKED] + n] = tok
            n += 1
    m[EXPIRING_N] = 0
    _in_order(m, m[MARKED], n)
    for i in range(n):
        _go_aside(m, log, m[m[MARKED] + i], GIVE_UP, ASIDE)
    return True


# -- knots ------------------------------------------------------------------------------------------------


@compiled
def _knotted(m):
    """Return whether patients wait only within a set of pools every place of which such patients hold."""
    n = 0
    for pool in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
        full = not m[pool + UNLIMITED] and m[pool + TURNING] == 0 and m[pool + HELD] + 1 > m[pool + ROSTER]
        m[pool + KNOT_FULL] = int(full)
        n += full
    while n > 0:
        for pool in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
            m[pool + KNOT_COUNT] = 0
        for queue in range(m[QUEUES], m[QUEUES_END], QUEUE_WIDTH):
            if m[queue + QUEUE_STAY] and _within(m, queue):
                first = m[queue + QUEUE_LINE]
                for line in range(first, m[queue + QUEUE_LINES], LINE_WIDTH):
                    tok = m[line + LINE_HEAD]
                    while tok >= 0:
                        t = m[TOKENS] + tok * TOKEN_WIDTH
                        if not m[t + T_HOME] and m[t + T_TRACK] == 0 and m[m[t + T_NODE] + KIND] == STAY:
                            p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
                            for i in range(m[p + P_BEDS]):
                                need = m[p + PATIENT_FIXED + i * BED_WIDTH + B_NEED]
                                m[m[need + NEED_POOL] + KNOT_COUNT] += 1
                        tok = m[t + T_NEXT]
        kept = 0
        held = 0
        for pool in range(m[POOLS], m[POOLS_END], POOL_WIDTH):
            if m[pool + KNOT_FULL]:
                if m[pool + KNOT_COUNT] == m[pool + HELD]:
                    kept += 1
                    held += m[pool + HELD]
                else:
                    m[pool + KNOT_FULL] = 0
        if kept == n:
            return held > 0
        n = kept
    return False


@compiled
def _within(m, queue):
    """Return whether all alternatives of a queue lie within the pools looked at."""
    first = m[queue + QUEUE_FIRST]
    for alternative in range(first, m[queue + QUEUE_LAST], ALTERNATIVE_WIDTH):
        if not m[m[m[alternative + ALTERNATIVE_FIRST] + NEED_POOL] + KNOT_FULL]:
            return False
    return True


@compiled
def _exchange(m, draws, log):
    """Exchange beds along the cycle in CYCLE: pairs of a token and what it takes; each gives to the one before it."""
    n = m[CYCLE_N]
    for i in range(n):
        tok = m[m[CYCLE] + 2 * i]
        wanted = m[m[m[CYCLE] + 2 * ((i - 1 + n) % n) + 1] + NEED_POOL]
        t = m[TOKENS] + tok * TOKEN_WIDTH
        p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
        _stop_waiting(m, tok)
        _row(m, log, p, m[m[t + T_NODE] + CODE] + SWAP, m[t + T_VISIT], m[NOW])
        exchanged = -1  # this bed is not turned round
        for j in range(m[p + P_BEDS]):
            b = p + PATIENT_FIXED + j * BED_WIDTH
            if exchanged < 0 and m[b + B_OVER] >= 0 and m[m[b + B_NEED] + NEED_POOL] == wanted:
                exchanged = m[b + B_NODE]
        _free_beds(m, draws, log, m[t + T_PATIENT], True, exchanged)
    for i in range(n):
        _in_bed(m, draws, log, m[m[CYCLE] + 2 * i], m[m[CYCLE] + 2 * i + 1])
    m[CYCLE_N] = 0
    m[KNOT_CHECK] = 1


# -- patients on their way --------------------------------------------------------------------------------


@compiled
def _gone(m, draws, log, patient, node):
    """Give everything back and write down the leaving."""
    p = m[PATIENTS] + patient * m[WIDTH]
    while m[p + P_BEDS] > 0:
        _give_bed(m, draws, log, patient, 0, True)
    _row(m, log, p, m[node + CODE_WAY], -1, m[NOW])
    _change(m, INSIDE + m[p + P_PATHWAY], -1)
    m[m[p + P_PATHWAY] + LEFT] += 1
    m[p + P_GONE] = 1


@compiled
def _woken(m, draws, log, who, tok):
    """Do what falls due for a token; return whether it then goes on from its node."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    state, node, patient, visit = m[t + T_STATE], m[t + T_NODE], m[t + T_PATIENT], m[t + T_VISIT]
    p = m[PATIENTS] + patient * m[WIDTH]
    code = m[node + CODE] if node >= 0 else 0
    m[t + T_STATE] = GO
    if state == SERVING:
        _row(m, log, p, code + ENDED, visit, m[NOW])
        taken = m[t + T_TAKEN]
        first = m[taken + ALTERNATIVE_FIRST]
        for need in range(first, m[taken + ALTERNATIVE_LAST], NEED_WIDTH):
            _give(m, draws, log, patient, node, visit, need, True)
        m[t + T_NODE] = m[node + NEXT]
    elif state == DELAYING or state == MEMBER:
        _row(m, log, p, code + ENDED, visit, m[NOW])
        m[t + T_NODE] = m[node + NEXT]
    elif state == ARRIVING:
        m[m[p + P_PATHWAY] + ARRIVED] += 1
        _arrive(m, log, p)
        m[t + T_NODE] = m[m[p + P_PATHWAY] + ENTRY]
    elif state == LEADING:
        _row(m, log, p, code + ENDED, visit, m[NOW])
        for need in range(m[t + T_LEFT], m[t + T_UNTIL], NEED_WIDTH):
            _give(m, draws, log, patient, node, visit, need, True)
        member = m[t + T_MEMBER]
        while member >= 0:
            _soon(m, member)
            member = m[m[TOKENS] + member * TOKEN_WIDTH + T_MEMBER]
        m[t + T_NODE] = m[node + NEXT]
    elif state == RETURNING:
        again = _new_patient(
            m,
            who,
            m[p + P_PATHWAY],
            m[p + P_SLOT],
            m[p + P_PERSON],
            m[p + P_NUMBER] + 1,
            m[p + P_KEEP],
            m[NOW],
        )
        q = m[PATIENTS] + again * m[WIDTH]
        for i in range(m[VISITS_AT], m[WIDTH]):
            m[q + i] = m[p + i]
        m[q + P_MOVED], m[q + P_MOVES] = m[p + P_MOVED], m[p + P_MOVES]  # a loop of returns is a loop
        m[p + P_PENDING] -= 1
        _drop_patient(m, log, patient)
        m[t + T_PATIENT] = again
        m[m[q + P_PATHWAY] + RETURNED] += 1
        _arrive(m, log, q)
        m[t + T_NODE] = m[node + NEXT]
    elif state == FREEING:
        need = m[t + T_TAKEN]
        pool = m[need + NEED_POOL]
        _row(m, log, p, m[node + CODE_NEED] + m[need + NEED_CODE] + FREE, visit, m[NOW])
        _change(m, TURNING + pool, -m[need + NEED_UNITS])
        _touch(m, pool)
        _drop_token(m, tok)
        m[p + P_PENDING] -= 1
        _drop_patient(m, log, patient)
        return False
    elif state == FORKED:
        m[t + T_NODE] = m[node + NEXT]
    return True


@compiled
def _arrive(m, log, p):
    _change(m, INSIDE + m[p + P_PATHWAY], 1)
    _row(m, log, p, m[m[p + P_PATHWAY] + CODE_ARRIVE], -1, m[NOW])


@tiny
def _passage(m, p, node):
    """Count one more passage of the node's step and return how many came before."""
    at = p + m[VISITS_AT] + m[node + LOCAL_STEP]
    m[at] += 1
    return m[at] - 1


@compiled
def _begin_delay(m, draws, log, tok, since):
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    visit = _passage(m, p, node)
    m[t + T_VISIT] = visit
    m[t + T_STATE] = DELAYING
    _row(m, log, p, m[node + CODE] + BEGIN, visit, since)
    _wake_at(m, tok, since + _drawn(m, draws, m[node + DURATION], p, visit))


@compiled
def _wait_at(m, draws, log, tok, asked):
    """Begin to wait at an activity, a stay, a round or a batch."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    node = m[t + T_NODE]
    kind = m[node + KIND]
    _ask(m, draws, log, tok, asked)
    if kind == ACTIVITY or kind == STAY:
        _join(m, draws, tok)
        return
    m[t + T_STATE] = IDLE
    if kind == ROUND:
        _lose_patience(m, draws, tok)
        for i in range(m[node + AGEING_FIRST], m[node + AGEING_LAST], AGEING_WIDTH):
            when = m[t + T_SINCE] + m[i + AGEING_AFTER]
            if m[NOW] < when < m[END]:
                _push(m, when, AGE, tok, m[t + T_SERIAL])
        m[t + T_PRIORITY] = _aged(m, node, m[t + T_PRIORITY], m[NOW] - m[t + T_SINCE])
        if m[t + T_REFUSED] == 0:
            _stand(m, tok, _class_line(m, m[m[node + CALENDAR] + ROUND_LINE], m[t + T_PRIORITY]))
        return
    _stand(m, tok, m[node + BATCH_LINE])
    _look_at_batch(m, BATCH_N, BATCH_FLAG, BATCH_DUE, node)
    if m[node + AT_MOST] >= 0:
        until = m[t + T_ASKED] + m[node + AT_MOST]
        if until <= m[NOW]:
            _look_at_batch(m, CLOCK_N, CLOCK_FLAG, CLOCK_DUE, node)
        elif until < m[END]:
            _push(m, until, CLOCK, node, 0)


@compiled
def _proceed(m, draws, log, who, tok):
    """Take a token from node to node until it waits or is gone. False: something is wanted first."""
    if not _fits(m, 0):
        return False
    t = m[TOKENS] + tok * TOKEN_WIDTH
    if m[t + T_STATE] != GO and not _woken(m, draws, log, who, tok):
        return True
    patient = m[t + T_PATIENT]
    p = m[PATIENTS] + patient * m[WIDTH]
    while True:
        node = m[t + T_NODE]
        if node < 0:  # the end of a pathway without a leave cannot be: the words are checked
            return True
        if not _fits(m, 0) or not _all_there(m, node, p):
            return False
        if m[p + P_MOVED] != m[NOW]:
            m[p + P_MOVED] = m[NOW]
            m[p + P_MOVES] = 0
        m[p + P_MOVES] += 1
        if m[p + P_MOVES] > m[MOST_MOVES]:
            m[STATUS] = LOOP
            m[WHO] = tok
            return False
        kind = m[node + KIND]
        if kind == ACTIVITY or kind == ROUND or kind == BATCH:
            if m[p + P_BEDS] > 0:
                _free_beds(m, draws, log, patient, False, -1)
            _wait_at(m, draws, log, tok, m[NOW])
            return True
        elif kind == STAY:
            _wait_at(m, draws, log, tok, m[NOW])
            return True
        elif kind == DELAY:
            _free_beds(m, draws, log, patient, False, -1)
            _begin_delay(m, draws, log, tok, m[NOW])
            return True
        elif READY_NODE <= kind <= PASS and kind != LEAVE:
            m[t + T_NODE] = _way_on(m, draws, log, patient, node, kind)
        elif kind == LEAVE:
            _gone(m, draws, log, patient, node)
            _drop_token(m, tok)
            _drop_patient(m, log, patient)
            return True
        elif kind == RETURN:
            visit = _passage(m, p, node)
            _gone(m, draws, log, patient, node)
            m[p + P_PENDING] += 1
            m[t + T_STATE] = RETURNING
            m[t + T_TRACK] = 0
            _wake_at(m, tok, m[NOW] + _drawn(m, draws, m[node + DURATION], p, visit))
            return True
        elif kind == ALL_OF:
            _fork(m, log, tok, node)
            return True
        else:  # JOIN
            _end_part(m, log, tok, node)
            return True


@compiled
def _way_on(m, draws, log, patient, node, kind):
    """Pass a node at which no time passes, and return the next one."""
    p = m[PATIENTS] + patient * m[WIDTH]
    if kind == READY_NODE:
        _end_stay(m, draws, log, patient, node)
    elif kind == BRANCH:
        visit = _passage(m, p, node)
        attribute = m[node + ATTRIBUTE]
        if attribute >= 0:
            way = draws[0][attribute + m[p + P_SLOT]]
        else:
            way = _drawn(m, draws, m[node + WAY], p, visit)
        _row(m, log, p, m[node + CODE_WAY] + way, visit, m[NOW])
        return m[m[node + FIRST_WAY] + way]
    elif kind == PARTIAL:
        way = _drawn(m, draws, m[node + WAY], p, 0)
        return m[m[node + FIRST_WAY] + way]
    elif kind == REPEAT:
        visit = _passage(m, p, node)
        times = _drawn(m, draws, m[node + WAY], p, visit)
        m[p + m[REPEATS_AT] + m[node + LOCAL_REPEAT]] = times
        return m[node + NEXT] if times > 0 else m[node + ASIDE]
    elif kind == AGAIN:
        at = p + m[REPEATS_AT] + m[m[node + BODY] + LOCAL_REPEAT]
        m[at] -= 1
        return m[node + ASIDE] if m[at] > 0 else m[node + NEXT]
    return m[node + NEXT]


@compiled
def _fork(m, log, tok, node):
    """Let all parts of an all_of begin in the next round."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    patient = m[t + T_PATIENT]
    p = m[PATIENTS] + patient * m[WIDTH]
    visit = _passage(m, p, node)
    _row(m, log, p, m[node + CODE] + BEGIN, visit, m[NOW])
    m[t + T_VISIT] = visit
    m[t + T_STATE] = FORKED
    m[t + T_PARTS] = m[node + WAYS]
    for i in range(m[node + WAYS]):
        part = _new_token(m, patient, i + 1)
        s = m[TOKENS] + part * TOKEN_WIDTH
        m[s + T_NODE] = m[m[node + FIRST_WAY] + i]
        m[s + T_MAIN] = tok
        _soon(m, part)


@compiled
def _end_part(m, log, tok, node):
    """End a part of an all_of; after the last, the patient goes on in the next round."""
    t = m[TOKENS] + tok * TOKEN_WIDTH
    main = m[t + T_MAIN]
    s = m[TOKENS] + main * TOKEN_WIDTH
    m[s + T_PARTS] -= 1
    if m[s + T_PARTS] == 0:
        p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
        fork = m[node + BODY]
        _row(m, log, p, m[fork + CODE_WAY] + m[node + NUMBER], m[s + T_VISIT], m[NOW])
        _soon(m, main)
    _drop_token(m, tok)


@compiled
def _end_stay(m, draws, log, patient, node):
    """End a stay: from now on its bed is blocked, until it is given back."""
    p = m[PATIENTS] + patient * m[WIDTH]
    stay = m[node + BODY]
    for i in range(m[p + P_BEDS]):
        b = p + PATIENT_FIXED + i * BED_WIDTH
        if m[b + B_NODE] == stay:
            _row(m, log, p, m[stay + CODE] + IS_READY, m[b + B_VISIT], m[NOW])
            _no_move_home(m, b)
            if m[node + THEN] == RELEASE:
                _give_bed(m, draws, log, patient, i, True)
            else:
                m[b + B_OVER] = m[node + THEN]
                m[b + B_ORDER] = m[p + P_OVERS]
                m[p + P_OVERS] += 1
            return


@compiled
def _goes_first(m, a, b):
    """Return whether token `a` is done before `b` in a round of FLOW."""
    s, t = m[TOKENS] + a * TOKEN_WIDTH, m[TOKENS] + b * TOKEN_WIDTH
    p, q = m[PATIENTS] + m[s + T_PATIENT] * m[WIDTH], m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    if m[p + P_PATHWAY] != m[q + P_PATHWAY]:
        return m[p + P_PATHWAY] < m[q + P_PATHWAY]
    if m[p + P_SLOT] != m[q + P_SLOT]:
        return m[p + P_SLOT] < m[q + P_SLOT]
    if m[s + T_TRACK] != m[t + T_TRACK]:
        return m[s + T_TRACK] < m[t + T_TRACK]
    one, other = m[m[s + T_NODE] + STEP], m[m[t + T_NODE] + STEP]
    if one != other:
        return one < other
    if m[s + T_VISIT] != m[t + T_VISIT]:
        return m[s + T_VISIT] < m[t + T_VISIT]
    if m[s + T_STATE] != FREEING or m[t + T_STATE] != FREEING:
        return False
    return m[m[s + T_TAKEN] + NEED_POOL] < m[m[t + T_TAKEN] + NEED_POOL]


@compiled
def _next_round(m):
    """Make the next round of FLOW: those who go on, in the order of pathway, patient and track."""
    m[READY], m[READY_NEXT] = m[READY_NEXT], m[READY]
    if m[NEXT_N] > 1:
        _in_order(m, m[READY], m[NEXT_N])
    m[READY_N] = m[NEXT_N]
    m[READY_I] = 0
    m[NEXT_N] = 0


# -- the instants -----------------------------------------------------------------------------------------


@compiled
def _fall_due(m, arrivals, slots, persons, keeps, who, now):
    """Collect what falls due at an instant."""
    tokens = m[TOKENS]
    while m[HEAP_N] > 0 and m[m[HEAP]] == now:
        what = _pop(m)
        kind, ref, serial = what & 7, (what >> 3) & 0xFFFFFFFF, what >> 35
        t = tokens + ref * TOKEN_WIDTH
        if kind == CLOCK:
            _look_at_batch(m, CLOCK_N, CLOCK_FLAG, CLOCK_DUE, ref)
        elif m[t + T_SERIAL] != serial:
            continue
        elif kind == WAKE:
            _soon(m, ref)
        elif kind == EXPIRE:
            m[m[EXPIRING] + m[EXPIRING_N]] = ref << 28 | serial
            m[EXPIRING_N] += 1
        elif m[t + T_WAITS] and m[t + T_LINE] >= 0:
            node = m[t + T_NODE]
            if kind == AGE and not m[t + T_INTERRUPTED]:
                priority = _aged(m, node, m[t + T_PRIORITY], now - m[t + T_SINCE])
                if priority != m[t + T_PRIORITY]:
                    m[t + T_PRIORITY] = priority
                    is_round = m[node + KIND] == ROUND
                    first = (
                        m[m[node + CALENDAR] + ROUND_LINE] if is_round else m[m[node + QUEUE] + QUEUE_LINE]
                    )
                    _unstand(m, ref)
                    _stand(m, ref, _class_line(m, first, priority))
            if m[node + QUEUE] >= 0:
                _touch_queue(m, m[node + QUEUE])
    while m[ROTA_I] < m[ROTA_N] and m[m[ROTA_TIME] + m[ROTA_I]] == now:
        pool = m[m[ROTA_POOL] + m[ROTA_I]]
        _change(m, ROSTER + pool, m[m[ROTA_NUMBER] + m[ROTA_I]] - m[pool + ROSTER])
        _touch(m, pool)
        m[KNOT_CHECK] = 1
        m[ROTA_I] += 1
    while m[OPEN_I] < m[OPEN_N] and m[m[OPEN_TIME] + m[OPEN_I]] == now:
        m[OPEN_I] += 1
    while m[ARRIVAL_I] < m[ARRIVAL_N] and arrivals[m[ARRIVAL_I]] == now:
        i = m[ARRIVAL_I]
        if not _fits(m, 0):
            return False
        patient = _new_patient(
            m, who, slots[i] >> 40, slots[i] & ((1 << 40) - 1), persons[i], 0, keeps[i], now
        )
        tok = _new_token(m, patient, 0)
        m[m[TOKENS] + tok * TOKEN_WIDTH + T_STATE] = ARRIVING
        _soon(m, tok)
        m[ARRIVAL_I] = i + 1
    return True


@compiled
def _settle(m, draws, log, who):
    """Go through the phases of an instant until nothing moves. False: something is wanted first."""
    while True:
        if m[
            MIDWAY
        ]:  # stopped for room within a phase: the flow that it has set off so far waits until it is done
            serving = m[MIDWAY] == SERVE_PHASE
            m[MIDWAY] = 0
            if not (_serve(m, draws, log) if serving else _hold_rounds(m, log)):
                return False
        elif m[READY_I] < m[READY_N]:
            while m[READY_I] < m[READY_N]:
                if not _proceed(m, draws, log, who, m[m[READY] + m[READY_I]]):
                    return False
                m[READY_I] += 1
        elif m[NEXT_N] > 0:
            _next_round(m)
        elif m[BATCH_N] > 0:
            if not _batches(m, log, BATCH_N, BATCH_FLAG, BATCH_DUE, False):
                return False
        elif m[CLOCK_N] > 0:
            if not _batches(m, log, CLOCK_N, CLOCK_FLAG, CLOCK_DUE, True):
                return False
        elif m[OPEN_FROM] < m[OPEN_I]:
            if not _hold_rounds(m, log):
                return False
        elif m[TOUCHED_N] > 0:
            if not _serve(m, draws, log):
                return False
        elif m[KNOT_CHECK]:
            if m[CYCLE_N] > 0:
                _exchange(m, draws, log)
                continue
            m[KNOT_CHECK] = 0
            if m[KEEPING] > 0 and _knotted(m):
                if not _fits(m, 8 * m[TOKEN_N]):
                    m[KNOT_CHECK] = 1
                    return False
                m[STATUS] = KNOT
                return False
        elif m[OVER_N] > 0:
            if not _turn_away(m, log):
                return False
        elif m[EXPIRING_N] > 0:
            if not _give_up(m, log):
                return False
        else:
            return True


@compiled
def _start(m, draws, log, who):
    """Let those enter who are there from the start, with the times they have been waiting. False: something is wanted first."""
    while m[START_I] < m[START_N]:
        i = m[START_I]
        pathway, slot, since = m[m[START_PATHWAY] + i], m[m[START_SLOT] + i], m[m[START_SINCE] + i]
        stay, node = m[m[START_STAY] + i], m[m[START_NODE] + i]
        if not _fits(m, 0):
            return False
        patient = _new_patient(m, who, pathway, slot, m[m[START_PERSON] + i], 0, m[m[START_KEEP] + i], since)
        p = m[PATIENTS] + patient * m[WIDTH]
        if (stay >= 0 and not _all_there(m, stay, p)) or not _all_there(m, node, p):
            if m[p + P_KEEP]:
                m[SPELL_N] -= 1
            m[p + P_GONE] = 1
            _drop_patient(m, log, patient)
            return False
        m[START_I] = i + 1
        m[pathway + PRESENT] += 1
        m[pathway + INSIDE] += 1
        _row(m, log, p, m[pathway + CODE_ARRIVE], -1, since)
        tok = _new_token(m, patient, 0)
        t = m[TOKENS] + tok * TOKEN_WIDTH
        if stay >= 0:
            need = m[m[START_NEED] + i]
            visit = _passage(m, p, stay)
            _row(m, log, p, m[stay + CODE] + ASK, visit, since)
            m[m[need + NEED_POOL] + HELD] += m[need + NEED_UNITS]
            _row(m, log, p, m[stay + CODE_NEED] + m[need + NEED_CODE] + TAKE, visit, since)
            _add_bed(m, p, stay, need, visit)
            _row(m, log, p, m[stay + CODE] + BEGIN, visit, since)
            m[t + T_NODE] = stay
            m[t + T_VISIT] = visit
            m[t + T_LEFT] = _base_priority(m, draws, stay, p)
            _wants_home(m, tok, 0, need, since)
        m[t + T_NODE] = node
        kind = m[node + KIND]
        if kind == DELAY:
            _begin_delay(m, draws, log, tok, since)
        elif kind == ACTIVITY or kind == STAY or kind == ROUND or kind == BATCH:
            _wait_at(m, draws, log, tok, since)
        else:
            _soon(m, tok)
    return True


# -- instants at which somebody moves alone -----------------------------------------------------------------


@tiny
def _say(m, at, row, now, code, visit):
    """Write one of several rows."""
    m[at + 2 * row] = now
    m[at + 2 * row + 1] = code << 32 | visit & 0xFFFFFFFF


@tiny
def _free_room(m, log, p):
    """Return where the next rows of a patient gather, with room for all that one move may say."""
    if m[p + P_ROWS_N] > GATHERED - 6:
        _hand_in(m, log, p)
    return p + P_ROWS + 2 * m[p + P_ROWS_N]


@tiny
def _serve_plainly(m, draws, now, tok, t, p, node, visit):
    """Begin an activity that nothing but its end can end."""
    m[t + T_TAKEN] = m[node + PLAIN_ALTERNATIVE]
    m[t + T_WAITS] = 0
    m[t + T_STATE] = SERVING
    _change_at(m, now, HELD + m[node + PLAIN_POOL], m[node + PLAIN_UNITS])
    _wake_at(m, tok, now + _drawn(m, draws, m[node + DURATION], p, visit))


@tiny
def _stand_last(m, tokens, now, tok, t, line):
    """Stand at the end of a line, as whoever asks alone does."""
    m[t + T_ASKED] = now
    m[t + T_SINCE] = now
    m[t + T_PRIORITY] = m[line + LINE_PRIORITY]
    m[t + T_WAITS] = 1
    m[t + T_TAKEN] = -1
    m[t + T_STATE] = GO
    m[t + T_LINE] = line
    last = m[line + LINE_TAIL]
    m[t + T_PREV] = last
    m[t + T_NEXT] = -1
    m[line + LINE_TAIL] = tok
    m[line + LINE_COUNT] += 1
    if last >= 0:
        m[tokens + last * TOKEN_WIDTH + T_NEXT] = tok
    else:
        m[line + LINE_HEAD] = tok


@tiny
def _call_in(m, draws, log, now, tok, line):
    """Let the first of a line have what it waits for."""
    tokens = m[TOKENS]
    t = tokens + tok * TOKEN_WIDTH
    p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
    node, visit = m[t + T_NODE], m[t + T_VISIT]
    behind = m[t + T_NEXT]
    m[line + LINE_HEAD] = behind
    m[line + LINE_COUNT] -= 1
    if behind >= 0:
        m[tokens + behind * TOKEN_WIDTH + T_PREV] = -1
    else:
        m[line + LINE_TAIL] = -1
    m[t + T_LINE] = -1
    _change_at(m, now, WAITING + m[node + STEP], -1)
    at = _free_room(m, log, p)
    _say(m, at, 0, now, m[node + PLAIN_CODE] + TAKE, visit)
    _say(m, at, 1, now, m[node + CODE] + BEGIN, visit)
    m[p + P_ROWS_N] += 2 * m[p + P_KEEP]
    _serve_plainly(m, draws, now, tok, t, p, node, visit)


@tiny
def _leads_on(m, node, p, slot):
    """Return whether a patient can pass to a node in the short way: at once, and touching nobody but who stands in its line."""
    if m[p + P_BEDS] > 0 and (m[p + P_OVERS] > 0 or m[node + KIND] == LEAVE):
        return False
    if m[node + KIND] == LEAVE:
        return True
    if m[node + KIND] != DELAY and m[node + PLAIN_LINE] < 0:
        return False
    return _at_hand(m, m[node + DURATION], slot, m[p + m[VISITS_AT] + m[node + LOCAL_STEP]])


@tiny
def _pass_on(m, draws, log, now, tok, before, node):
    """Take a token that moves alone to the next node, and let the first in line have the place that it leaves.

    `before` is the node that it leaves: an activity, a delay, or -1 of whoever arrives.
    """
    tokens = m[TOKENS]
    t = tokens + tok * TOKEN_WIDTH
    patient, visit = m[t + T_PATIENT], m[t + T_VISIT]
    p = m[PATIENTS] + patient * m[WIDTH]
    at = _free_room(m, log, p)
    said = 1
    left = -1
    if before < 0:
        _say(m, at, 0, now, m[m[p + P_PATHWAY] + CODE_ARRIVE], -1)
    else:
        _say(m, at, 0, now, m[before + CODE] + ENDED, visit)
        left = m[before + PLAIN_LINE]
        if left >= 0:
            _say(m, at, 1, now, m[before + PLAIN_CODE] + GIVE, visit)
            said = 2
            _change_at(m, now, HELD + m[before + PLAIN_POOL], -m[before + PLAIN_UNITS])
    m[p + P_MOVED] = now
    m[p + P_MOVES] = 1
    if m[node + KIND] == LEAVE:
        _say(m, at, said, now, m[node + CODE_WAY], -1)
        m[p + P_ROWS_N] += (said + 1) * m[p + P_KEEP]
        pathway = m[p + P_PATHWAY]
        _change_at(m, now, INSIDE + pathway, -1)
        m[pathway + LEFT] += 1
        m[p + P_GONE] = 1
        _drop_token(m, tok)
        _drop_patient(m, log, patient)
    else:
        visit = _passage(m, p, node)
        m[t + T_NODE] = node
        m[t + T_VISIT] = visit
        line = m[node + PLAIN_LINE]
        code = m[node + CODE]
        if line < 0:
            _say(m, at, said, now, code + BEGIN, visit)
            m[p + P_ROWS_N] += (said + 1) * m[p + P_KEEP]
            m[t + T_STATE] = DELAYING
            _wake_at(m, tok, now + _drawn(m, draws, m[node + DURATION], p, visit))
        else:
            _say(m, at, said, now, code + ASK, visit)
            if m[line + LINE_HEAD] < 0 and _room(m, m[node + PLAIN_POOL], m[node + PLAIN_UNITS]):
                _say(m, at, said + 1, now, m[node + PLAIN_CODE] + TAKE, visit)
                _say(m, at, said + 2, now, code + BEGIN, visit)
                m[p + P_ROWS_N] += (said + 3) * m[p + P_KEEP]
                _serve_plainly(m, draws, now, tok, t, p, node, visit)
            else:
                m[p + P_ROWS_N] += (said + 1) * m[p + P_KEEP]
                _change_at(m, now, WAITING + m[node + STEP], 1)
                _stand_last(m, tokens, now, tok, t, line)
    if left >= 0:
        first = m[left + LINE_HEAD]
        if first >= 0 and _room(m, m[before + PLAIN_POOL], m[before + PLAIN_UNITS]):
            _call_in(m, draws, log, now, first, left)


@compiled
def _alone(m, draws, arrivals, slots, persons, keeps, log, who):
    """Go from instant to instant as long as at each a single token moves, in a way that is plain.

    The rules of an instant do not depend on whether this is done: they order what happens together, and here nothing
    does. What is not plain is left to the phases as it is found.
    """
    heap = m[HEAP]
    until = m[END]
    if m[ROTA_I] < m[ROTA_N]:
        until = min(until, m[m[ROTA_TIME] + m[ROTA_I]])
    if m[OPEN_I] < m[OPEN_N]:
        until = min(until, m[m[OPEN_TIME] + m[OPEN_I]])
    while m[NEXT_N] == 0 and (m[BUDGET] > 0 or _look_for_room(m, 0)):
        i = m[ARRIVAL_I]
        if i == m[ARRIVAL_N] and m[MORE_COME]:
            return
        arrival = arrivals[i] if i < m[ARRIVAL_N] else NEVER
        due = m[heap]
        now = min(due, arrival)
        if now >= until or due == arrival:
            return
        if arrival < due:
            if i + 1 < m[ARRIVAL_N] and arrivals[i + 1] == now:
                return
            pathway, slot = slots[i] >> 40, slots[i] & ((1 << 40) - 1)
            node = m[pathway + ENTRY]
            plain = m[node + KIND] == DELAY or m[node + PLAIN_LINE] >= 0
            if not plain or not _at_hand(m, m[node + DURATION], slot, 0):
                return
            m[NOW] = now
            m[ARRIVAL_I] = i + 1
            patient = _new_patient(m, who, pathway, slot, persons[i], 0, keeps[i], now)
            m[pathway + ARRIVED] += 1
            _change(m, INSIDE + pathway, 1)
            _pass_on(m, draws, log, now, _new_token(m, patient, 0), -1, node)
        else:
            what = m[heap + 1]
            tok = (what >> 3) & 0xFFFFFFFF
            t = m[TOKENS] + tok * TOKEN_WIDTH
            if what & 7 != WAKE or m[t + T_SERIAL] != what >> 35:
                return
            before, state = m[t + T_NODE], m[t + T_STATE]
            if state != DELAYING and (state != SERVING or m[before + PLAIN_LINE] < 0):
                return
            node = m[before + NEXT]
            p = m[PATIENTS] + m[t + T_PATIENT] * m[WIDTH]
            if node < 0 or not _leads_on(m, node, p, m[p + P_SLOT]):
                return
            if min(m[heap + 2], m[heap + 4], m[heap + 6], m[heap + 8]) == now:  # others are next
                return
            m[NOW] = now
            m[HOLE] = 1
            _pass_on(m, draws, log, now, tok, before, node)
            if m[HOLE]:
                m[HOLE] = 0
                _pop(m)
        m[BUDGET] -= 1


@compiled
def _run(m, draws, arrivals, slots, persons, keeps, log, who):
    """Run until the end, or until something is wanted."""
    m[STATUS] = DONE
    if m[IN_INSTANT] and not _settle(m, draws, log, who):
        return
    if m[START_I] < m[START_N]:
        m[NOW] = 0
        m[IN_INSTANT] = 0
        if not _start(m, draws, log, who):
            return
    while True:
        if m[NEXT_N] + m[EXPIRING_N] + m[TOUCHED_N] + m[BATCH_N] + m[CLOCK_N] + m[OVER_N] == 0:
            _alone(m, draws, arrivals, slots, persons, keeps, log, who)
        if m[ARRIVAL_I] == m[ARRIVAL_N] and m[MORE_COME]:  # nobody knows yet when the next does
            m[STATUS] = ARRIVALS
            return
        now = NEVER
        if m[NEXT_N] + m[EXPIRING_N] + m[TOUCHED_N] + m[BATCH_N] + m[CLOCK_N] + m[OVER_N] > 0:
            now = m[NOW]  # set off by those there from the start, or half collected
        if m[HEAP_N] > 0:
            now = min(now, m[m[HEAP]])
        if m[ARRIVAL_I] < m[ARRIVAL_N]:
            now = min(now, arrivals[m[ARRIVAL_I]])
        if m[ROTA_I] < m[ROTA_N]:
            now = min(now, m[m[ROTA_TIME] + m[ROTA_I]])
        if m[OPEN_I] < m[OPEN_N]:
            now = min(now, m[m[OPEN_TIME] + m[OPEN_I]])
        if now >= m[END]:
            return
        m[NOW] = now
        m[IN_INSTANT] = 0
        if not _fall_due(m, arrivals, slots, persons, keeps, who, now):
            return
        m[IN_INSTANT] = 1
        if not _settle(m, draws, log, who):
            return


@njit(cache=True, nogil=True)
def run(m, draws, params, arrivals, slots, persons, keeps, log, who):
    """Run until the end, or until something is wanted.

    Parameters
    ----------
    m : ndarray of int64
        The memory; `STATUS` says on return whether it is done or what is wanted.
    draws : ndarray of int64
        Blocks of random numbers, found through `BLOCK_AT`, and attributes.
    params : ndarray of float64
        Of streams whose numbers can be made one by one: see `cisim.inverse.number`.
    arrivals, slots, persons, keeps : ndarray of int64
        Times of arrival, sorted; place of the pathway << 40 | slot of each; patient numbers; whether rows are kept. With
        `MORE_COME` they are the next ones alone, and `ARRIVALS` says that more are wanted.
    log : ndarray of int64
        Where runs of rows go: the spell and how many rows, then two entries a row; `LOG_N` counts pairs of entries.
    who : ndarray of int64
        The spells that have rows.
    """
    _run(
        _pointer(m), (_pointer(draws), _pointer(params)), _pointer(arrivals), _pointer(slots), _pointer(persons),
        _pointer(keeps), _pointer(log), _pointer(who),
    )  # fmt: skip


@compiled
def hand_in_all(m, log):
    """Move all rows that patients have gathered to the log, which has room for a run of each."""
    for patient in range(m[PATIENT_N]):
        _hand_in(m, log, m[PATIENTS] + patient * m[WIDTH])


@compiled
def count_rows(log, counts):
    """Add to `counts` how many rows each spell has."""
    i = 0
    while i < len(log):
        counts[log[i]] += log[i + 1]
        i += 2 * (log[i + 1] + 1)


@compiled
def settled(m, who, first, order):
    """Write into `order` the spells before which nobody can come who is there or will be: `first` is the first to arrive.

    Returned is how many they are; less than 0, one more than so many, where they have yet to be sorted.
    """
    for patient in range(m[PATIENT_N]):
        p = m[PATIENTS] + patient * m[WIDTH]
        if m[p + P_KEEP] and (m[p + P_GONE] == 0 or m[p + P_PENDING] > 0):
            first = min(first, who[m[p + P_SPELL] * SPELL_WIDTH + S_WHERE])
    n = 0
    last = -1
    rising = True
    for spell in range(m[SPELL_N]):
        where = who[spell * SPELL_WIDTH + S_WHERE]
        if where < first:
            rising = rising and last < where
            last = where
            order[n] = spell
            n += 1
    return n if rising else -1 - n


@compiled
def find_places(who, order, pathways, row, at, new, first_row, pathway, patient, number):
    """Say where the rows of spells go that follow each other in `order`, from `row` on, and whose they are.

    `at` has how many rows each spell has, and then where they begin; -1 of those that are not in `order`, whose `new`
    numbers count from 0. The end of the rows is returned.
    """
    for i in range(len(order)):
        spell = order[i]
        new[spell] = -1
        first_row[i] = row
        row += at[spell]
        at[spell] = first_row[i]
        s = spell * SPELL_WIDTH
        pathway[i] = ((who[s + S_WHERE] >> 40) - pathways[0]) // PATHWAY_WIDTH
        patient[i] = who[s + S_PERSON]
        number[i] = who[s + S_NUMBER]
    first_row[len(order)] = row
    stay = 0
    for spell in range(len(new)):
        if new[spell] == 0:
            new[spell] = stay
            at[spell] = -1
            stay += 1
    return row


@compiled
def place_rows(log, at, new, time, code, visit):
    """Put rows where their spells have room: `at` says where each spell's next row goes.

    Runs of spells without a place (-1) move to the front of the log, under the `new` number of their spell; how many pairs
    of entries they take is returned.
    """
    i = kept = 0
    while i < len(log):
        spell, n = log[i], log[i + 1]
        j = at[spell]
        if j >= 0:
            at[spell] = j + n
            for row in range(n):
                second = log[i + 2 * row + 3]
                time[j + row] = log[i + 2 * row + 2]
                code[j + row] = second >> 32
                visit[j + row] = second  # its lower half
        else:
            for word in range(1, 2 * (n + 1)):
                log[kept + word] = log[i + word]
            log[kept] = new[spell]
            kept += 2 * (n + 1)
        i += 2 * (n + 1)
    return kept // 2

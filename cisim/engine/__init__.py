"""Run one replication of a model and write down what happened.

`simulate` is the door; `cisim.engine.simpy_engine` is the reference, written to be read. Every engine obeys
the rules of instants, service, stay, round and rota that stand in docs/design.md, and the hand-worked
traces of docs/traces.md judge it.
"""

from cisim.engine.own import own_step
from cisim.engine.replay import Replay
from cisim.engine.simulating import simulate

__all__ = ["Replay", "own_step", "simulate"]

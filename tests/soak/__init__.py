"""A soak: many processes, mixed commands on one store, random kills, then every invariant.

scene         the store, its shared objects, where everything is
commands      one command as a process, and what befalls it
diary         what a worker has seen acknowledged: facts
lives         which states a thing can be in, by the facts
worker        one worker: it picks operations and writes its diary
operations/   what a worker can do, as a table
invariants/   what must hold, as a table
battle        the workers together, the checkpoints, the report

python -m tests.soak --minutes 10 --processes 8 [--store URL] [--seed N]
"""

"""Mutation testing: does a test notice when a line of the library says something else?

    pip install cosmic-ray
    python -m tests.mutants tokens                      # a package, with the tests of that package
    python -m tests.mutants authcli/tokens/policy.py --lines 90-120
    python -m tests.mutants apikeys/verifying.py --tests tests/apikeys tests/cli/test_verify.py
    python -m tests.mutants tokens --again LOG              # those that lived, by an old log

A mutant is a module with one change: a bound moved by one, a check left out, a `not` dropped. The
tests that belong to it are run; where they stay green, the mutant survived, and the line is not
guarded. What to do with a survivor:

- in a line that refuses, compares or bounds: write a test that kills it, named by the promise;
- where no input can tell the difference: list it in `equivalent.toml` with the reason;
- where nothing needs the line: delete the line.

Changes are made by cosmic-ray's operators and a few of ours (`operators.py`); texts of messages
and hints are left alone (`making.py`). Cosmic-ray's own runner starts pytest anew for each mutant,
several seconds with this tree, and mutmut leaves decorated functions and tables alone. Here one
process collects the tests once, finds out which test runs which line, and forks a child for each
mutant, in which the changed function takes the place of the true one (`running.py`). A change
outside functions, and every survivor, is tried once more in a process that imports the changed
module from the start (`fresh.py`). All of it happens in a copy of the tree, in a temporary folder.

What runs in processes of its own, as tests/cli does, sees the true library: name tests that run
in process. Tests on PostgreSQL are left out; those on SQLite run the same code.
"""

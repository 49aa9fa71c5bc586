"""Fuzzing of everything that reads what strangers wrote; `python -m tests.fuzz` runs it for real.

targets/    a function of bytes for each reader, with seeds and the words of its language
judging     what counts as a finding: any exception, two seconds, 200 MB
mutations   random changes of seeds, for the ordinary suite
findings    inputs that broke a promise once
child       one target under atheris (libFuzzer), in a process of its own
"""

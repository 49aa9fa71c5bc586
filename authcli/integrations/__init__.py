"""Where authcli meets other software; nothing is imported here.

pytest_plugin   fixtures for the tests of a service that takes tokens
jwks_server     an issuer on this machine: its keys by real HTTP, rotated on demand
token_maker     tokens for tests, in one call
frozen_clock    a clock that stands still until a test moves it
"""

__all__: list[str] = []

"""The audit: what was done to a store, by whom, in a chain that shows every later change.

Who does something says so in a `Journal` while he does it; `Store.audit` reads and verifies.
What is promised, and what is not, stands in `authcli.audit.verification`.
"""

from authcli.audit.journal import Journal
from authcli.audit.model import Event, Head
from authcli.audit.verification import Check, Verification

__all__ = ["Check", "Event", "Head", "Journal", "Verification"]

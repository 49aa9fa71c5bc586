"""What expires soon, for people, scripts, test reports, Prometheus and calendars.

`authcli expiring` tells of all that the store has and of files that are named, `authcli apikey
expiring` of API keys by their filters. Exit code 10 says that something is due, whatever the form.

    items     Ending and Item: one thing that ends, as JSON members
    kinds     KINDS: what there is that ends, how it is found, and the words for it
    stored    finding it in the store       named_files   finding it in files
    telling   the look ahead, every form, the exit code
    everything              what `authcli expiring` does with all of these
    pages     text    junit, prometheus, events    the other forms
"""

from __future__ import annotations

__all__: list[str] = []

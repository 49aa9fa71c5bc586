"""`authcli hotp code`."""

from __future__ import annotations

from authcli.cli._account_flags import Algorithm, Counter, Digits, Shape
from authcli.cli._accounts import AccountText, read_account
from authcli.cli._common import command, new_single
from authcli.cli._options import Copy, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def code(
    run: Run,
    *,
    account: AccountText = None,
    counter: Counter = None,
    copy: Copy = False,
    digits: Digits = None,
    algorithm: Algorithm = None,
    store: StoreUrl = None,
) -> None:
    """Show the next code, and move the counter.

    Examples:
      authcli hotp code token
      authcli hotp code token --copy
      authcli hotp code env:SECRET --counter 7

    The counter of a saved name is in the store, which is made where there is none; two
    commands at once show two codes. Of a source you keep the counter yourself, and
    nothing is stored.

    Exit codes: 0 shown, 7 no such name, 9 no store or no keychain.
    """
    from authcli import otp
    from authcli.cli._shown_codes import HOLDER, account_facts, check_showing, emit_code
    from authcli.cli._text import paint
    from authcli.cli.hotp._counting import counting

    shape = Shape("hotp", algorithm, digits, counter=counter)
    check_showing(run, copy=copy, members=("code", "counter", *HOLDER))
    opened = counting(read_account(run, account, shape=shape, counted=True), counter)
    if opened.name is None:
        found = otp.code(opened.account)
    else:
        from authcli.cli._store import at_ms
        from authcli.cli._store import opened as opened_store
        from authcli.otp.once import next_code

        with opened_store(run, store, write=True) as states:
            found = next_code(states.one_time, opened.account, name=opened.name, at_ms=at_ms(run))
    facts = {"code": found.text, "counter": found.moment, **account_facts(opened)}
    emit_code(
        run,
        facts,
        copy=copy,
        says=f"counter {found.moment}",
        human=lambda on: f"{paint(found.text, 'bold', on=on)}  counter {found.moment}",
    )

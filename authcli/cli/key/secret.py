"""`authcli key secret`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

app = new_single()

ENCODINGS = ("base64url", "hex", "raw")


@command(app)
def secret(
    run: Run,
    *,
    form: SecretForm,
    length_bytes: Annotated[
        int, typer.Option("--bytes", metavar="N", help="Bytes of randomness, 16 to 4096.")
    ] = 32,
    encoding: Annotated[
        str, typer.Option(metavar="ENC", help="base64url, hex or raw.")
    ] = "base64url",
) -> None:
    """Generate a random secret.

    Examples:
      authcli key secret
      authcli key secret --bytes 64 --encoding hex
      authcli key secret --format dotenv --var SESSION_SECRET >> .env
      authcli key secret --encoding raw -o hmac.key

    32 bytes suit HS256 and AES-256; HS512 wants 64.
    """
    from authcli import keys
    from authcli.cli._output import emit
    from authcli.cli._secret_output import emit_secret
    from authcli.encoding import base64url_encode
    from authcli.errors import InvalidInput

    if encoding not in ENCODINGS:
        raise InvalidInput(
            f"no encoding {ascii(encoding[:20])}", hint=f"one of: {', '.join(ENCODINGS)}"
        )
    if not 16 <= length_bytes <= 4096:
        raise InvalidInput(f"--bytes is 16 to 4096, not {length_bytes}")
    data = keys.generate_secret(length_bytes).reveal()
    facts = {"bytes": length_bytes, "bits": length_bytes * 8, "encoding": encoding}
    if encoding == "raw":
        if form != SecretForm():
            raise InvalidInput("raw bytes go to a pipe or -o FILE; --format needs an encoding")
        emit(run, {**facts, "secret": None}, plain=data)
        return
    text = data.hex() if encoding == "hex" else base64url_encode(data)
    emit_secret(run, {**facts, "secret": text}, value=text, form=form, default_var="SECRET")

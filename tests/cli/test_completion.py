"""TAB, in the real shells, and the answers that it is made of."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from authcli.cli._candidates import identifiers
from authcli.cli._complete import complete
from authcli.cli._shells import SHELLS
from authcli.clock import parse_duration
from tests.cli.harness import Cli
from tests.requirements import require

ROOT = Path(__file__).resolve().parents[2]
COMPLETIONS = ROOT / "completions"

#: Names that run a command in a shell that evaluates them.
HOSTILE = (
    "$(touch pwned)",
    "x;touch pwned",
    "`touch pwned`",
    "\\$(touch pwned)",
    "y\\`touch pwned`",
    "'$(touch pwned)'",
    '"z$(touch pwned)',
    "&touch pwned",
)

BASH_RC = """\
PS1='ready> '
bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
bind -x '"\\C-g": printf %s "$READLINE_LINE" > "$HOME/line.new"; mv "$HOME/line.new" "$HOME/line"'
"""
ZSH_RC = """\
PS1='ready> '
unsetopt prompt_cr prompt_sp beep
LISTMAX=10000
autoload -Uz compinit && compinit -u -D
dump-line() { print -rn -- "$BUFFER" > ~/line.new; command mv ~/line.new ~/line }
zle -N dump-line
bindkey -e
bindkey '^G' dump-line
"""
FISH_RC = """\
function fish_prompt; printf 'ready> '; end
function fish_greeting; end
set -g fish_autosuggestion_enabled 0
function dump_line
    printf %s (commandline) > ~/line.new; command mv ~/line.new ~/line
end
bind \\cg dump_line
"""


class Terminal:
    """A shell on a terminal, in a folder of its own, with authcli's completion loaded."""

    def __init__(self, shell: str, cli: Cli, *, load: str) -> None:
        self.shell = shell
        self.home = cli.home
        self._shown = ""
        program = self.home / "bin" / "authcli"
        if not program.exists():
            program.parent.mkdir()
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m authcli "$@"\n')
            program.chmod(0o755)
        environment = cli.environment({"TERM": "xterm", "HISTFILE": "", "ZDOTDIR": str(self.home)})
        environment["PATH"] = f"{program.parent}:{environment['PATH']}"
        (self.home / ".bashrc").write_text(BASH_RC + load)
        (self.home / ".zshrc").write_text(ZSH_RC + load)
        (self.home / ".config/fish").mkdir(parents=True, exist_ok=True)
        (self.home / ".config/fish/config.fish").write_text(FISH_RC + load)
        (self.home / ".hushlogin").touch()
        options = {"bash": ["--noprofile", "-i"], "zsh": ["-i", "-d"], "fish": ["-i"]}[shell]
        self.process = pexpect.spawn(
            require(shell),
            options,
            env=environment,  # type: ignore[arg-type]  # its annotation wants os.environ's type
            cwd=str(self.home),
            dimensions=(50, 200),
            encoding="utf-8",
            timeout=20,
        )
        self.process.delaybeforesend = None
        self.process.expect("ready> ")

    def tab(self, line: str, *, tabs: int = 1) -> str:
        """Type a line, press TAB and return what the line is then."""
        self.process.send("\x15" + line + "\t" * tabs)
        return self._line()

    def listing(self, line: str) -> str:
        """Type a line, press TAB twice and return what the shell shows."""
        self.process.send("\x15")
        self._line()
        self._drain()
        self.process.send(line + "\t\t")
        self._line()
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._drain())

    def enter(self) -> str:
        """Run the line and return what was shown until the next prompt."""
        self._drain()
        self.process.send("\r")
        self.process.expect("ready> ")
        return str(self.process.before)

    def _line(self) -> str:
        """Have the shell write its line to a file: exact, where a screen is not."""
        path = self.home / "line"
        self.process.send("\x07")
        deadline = time.monotonic() + 20
        while not path.exists():
            assert time.monotonic() < deadline, f"{self.shell} hangs: {self._shown[-2000:]!r}"
            self._shown += self._read(0.01)
        text = path.read_text()
        path.unlink()
        return text

    def _drain(self) -> str:
        """Return what was shown since the last call, once nothing more comes."""
        while more := self._read(0.1):
            self._shown += more
        shown, self._shown = self._shown, ""
        return shown

    def _read(self, seconds: float) -> str:
        try:
            return str(self.process.read_nonblocking(65536, timeout=seconds))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return ""

    def close(self) -> None:
        self.process.close(force=True)


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest) -> str:
    """The name of a shell that is installed."""
    require(request.param)
    return str(request.param)


@pytest.fixture
def terminal(shell: str, cli: Cli) -> Iterator[Terminal]:
    """A shell that loaded completion as `authcli completion --help` says."""
    source = "authcli completion fish | source\n"
    if shell != "fish":
        source = f"source <(authcli completion {shell})\n"
    opened = Terminal(shell, cli, load=source)
    yield opened
    opened.close()


@pytest.mark.parametrize("shell_name", SHELLS)
def test_the_scripts_in_completions_are_those_that_the_command_prints(
    shell_name: str, cli: Cli
) -> None:
    """To renew one: `authcli completion SHELL > completions/FILE`."""
    stored = (COMPLETIONS / SHELLS[shell_name].file_name).read_text("utf-8")
    assert cli.ok("completion", shell_name) + "\n" == stored


def test_tab_completes_groups_verbs_options_values_and_files(terminal: Terminal) -> None:
    (terminal.home / "signing.pem").touch()
    (terminal.home / "folder with blank").mkdir()
    assert terminal.tab("authcli comp") == "authcli completion "
    assert terminal.tab("authcli jwt ver") == "authcli jwt verify "
    assert terminal.tab("authcli password htp") == "authcli password htpasswd "
    assert terminal.tab("authcli password htpasswd ver") == "authcli password htpasswd verify "
    assert terminal.tab("authcli totp recovery n") == "authcli totp recovery new "
    assert terminal.tab("authcli password htpasswd add --sch") == (
        "authcli password htpasswd add --scheme "
    )
    assert terminal.tab("authcli password htpasswd list sig") == (
        "authcli password htpasswd list signing.pem "
    )
    assert terminal.tab("authcli jwt mint --he") in (
        "authcli jwt mint --he",  # --header and --help
        "authcli jwt mint --header ",
    )
    assert terminal.tab("authcli jwt mint --passp") == "authcli jwt mint --passphrase "
    assert terminal.tab("authcli jwt mint --alg HS2") == "authcli jwt mint --alg HS256 "
    assert terminal.tab("authcli jwt mint --alg=HS2") == "authcli jwt mint --alg=HS256 "
    assert terminal.tab("authcli jwt mint -A EdD") == "authcli jwt mint -A EdDSA "
    assert terminal.tab("authcli jwt mint --key sig") == "authcli jwt mint --key signing.pem "
    assert terminal.tab("authcli jwt mint --key @sig") == "authcli jwt mint --key @signing.pem "
    assert terminal.tab("authcli jwt mint --key=@sig") == "authcli jwt mint --key=@signing.pem "
    assert terminal.tab("authcli jwt mint --key=sig") == "authcli jwt mint --key=signing.pem "
    assert (
        terminal.tab("authcli key inspect @fold") == "authcli key inspect @folder\\ with\\ blank/"
    )
    assert terminal.tab("authcli help toke") in ("authcli help token.", "authcli help token")


def test_tab_completes_variables_without_a_blank_after_the_prefix(terminal: Terminal) -> None:
    assert terminal.tab("authcli jwt mint --key en") == "authcli jwt mint --key env:"
    assert terminal.tab("authcli jwt mint --key env:HO") == "authcli jwt mint --key env:HOME "
    assert terminal.tab("authcli jwt mint --key=env:HO") == "authcli jwt mint --key=env:HOME "


def test_tab_lists_what_there_is(terminal: Terminal) -> None:
    assert {"jwt", "key", "config", "help"} <= set(re.findall(r"\w+", terminal.listing("authcli ")))
    shown = terminal.listing("authcli config ")
    assert "trust" in shown
    if terminal.shell != "bash":  # which lists no descriptions
        assert "Find what is wrong with the configuration." in shown


def test_tab_says_nothing_where_there_is_nothing_to_complete(terminal: Terminal) -> None:
    assert terminal.tab("authcli no-such-group ") == "authcli no-such-group "
    assert terminal.tab("authcli jwt mint --sub al") == "authcli jwt mint --sub al"


def test_tab_never_runs_what_a_profile_is_called(terminal: Terminal) -> None:
    """A profile may come with a checkout; only plain names are offered at all."""
    profiles = "\n".join(f"[profile.{_toml(name)}]" for name in HOSTILE)
    (terminal.home / "authcli.toml").write_text(f"{profiles}\n[profile.harmless]\n")
    assert terminal.tab("authcli --profile ") == "authcli --profile harmless "
    for letter in ("", "x", "y", "z"):
        terminal.listing(f"authcli jwt mint --profile {letter}")
    assert not (terminal.home / "pwned").exists()


def test_tab_never_runs_what_a_file_is_called(terminal: Terminal) -> None:
    """File names are quoted: neither TAB nor the Enter after it runs them."""
    for name in HOSTILE:
        (terminal.home / name).touch()
    for head in ("--key ", "--key=@"):
        terminal.listing(f"authcli jwt mint {head}")
    for word in ("\\$", "@\\$", "\\`", "@\\`", "\\&", "@\\'", '\\"'):
        terminal.tab(f"authcli key thumbprint {word}")
        assert not (terminal.home / "pwned").exists(), word
    for word in ("x", "@x", "y", "@y"):
        completed = terminal.tab(f"authcli key thumbprint {word}")
        assert "touch" in completed
        assert "error:" in terminal.enter()
        assert not (terminal.home / "pwned").exists(), completed


def test_tab_runs_nothing_that_the_program_answers(shell: str, cli: Cli) -> None:
    """Were a hostile name to get past the program, the script still would not run it."""
    answers = [
        "$(touch pwned)\tvalue",
        "value\tdescription \\$(touch pwned) `touch pwned`",
        "other\t\\\\$(touch pwned)%F{$(touch pwned)}",
        "third:x[$(touch pwned)]\tindex",
        "-o\t-n a[$(touch pwned)]",
        ":files\ta[$(touch pwned)]",
        ":files\t0",
    ]
    program = cli.home / "bin" / "authcli"
    program.parent.mkdir()
    (cli.home / "answers").write_text("\n".join(answers) + "\n")
    program.write_text('#!/bin/sh\ncat "$HOME/answers"\n')
    program.chmod(0o755)
    script = COMPLETIONS / SHELLS[shell].file_name
    opened = Terminal(shell, cli, load=f"source '{script}'\n")
    for line in ("authcli ", "authcli v", "authcli third:", "authcli $", "authcli x $(touch pw"):
        opened.listing(line)
    opened.close()
    assert not list(cli.home.rglob("pwned"))


def test_bash_needs_no_word_breaks(cli: Cli) -> None:
    """npm's completion takes = and @ out of COMP_WORDBREAKS; ours works all the same."""
    require("bash")
    load = "COMP_WORDBREAKS=${COMP_WORDBREAKS//[=@:]/}\nsource <(authcli completion bash)\n"
    opened = Terminal("bash", cli, load=load)
    (cli.home / "signing.pem").touch()
    assert opened.tab("authcli jwt mint --key=env:HO") == "authcli jwt mint --key=env:HOME "
    assert opened.tab("authcli jwt mint --key=@sig") == "authcli jwt mint --key=@signing.pem "
    assert opened.tab("authcli jwt mint --key @sig") == "authcli jwt mint --key @signing.pem "
    opened.close()


def test_bash_completes_in_the_middle_of_a_line(cli: Cli) -> None:
    require("bash")
    opened = Terminal("bash", cli, load="source <(authcli completion bash)\n")
    opened.process.send("authcli comp --json" + "\x1b[D" * len(" --json") + "\t")
    assert opened._line().split() == ["authcli", "completion", "--json"]
    opened.close()


def test_zsh_finds_the_script_through_fpath(cli: Cli) -> None:
    """The first line names the command, or compinit passes the file over."""
    require("zsh")
    assert SHELLS["zsh"].script.startswith("#compdef authcli\n")
    load = f"fpath=('{COMPLETIONS}' $fpath)\ncompinit -u -D\n"
    opened = Terminal("zsh", cli, load=load)
    assert opened.tab("authcli jwt ver") == "authcli jwt verify "
    assert opened.tab("authcli jwt dec") == "authcli jwt decode "
    opened.close()


def test_zsh_without_compinit_is_told_so(tmp_path: Path) -> None:
    script = COMPLETIONS / "_authcli"
    done = subprocess.run(
        [require("zsh"), "-f", "-c", f"source '{script}'"], capture_output=True, text=True
    )
    assert done.stderr == "authcli: completion needs compinit; load this script after it\n"


def test_powershell_takes_the_script(cli: Cli) -> None:
    """Loads the script and asks PowerShell's own engine for completions."""
    pwsh = require("pwsh")
    script = COMPLETIONS / "authcli.ps1"
    typed = ("authcli jwt ver", "authcli password htpasswd ver")
    asked = [
        f"(TabExpansion2 '{line}' {len(line)}).CompletionMatches.CompletionText" for line in typed
    ]
    done = subprocess.run(
        [pwsh, "-NoProfile", "-Command", "; ".join([f". '{script}'", *asked])],
        capture_output=True,
        text=True,
        env=cli.environment(),
    )
    assert done.stdout == "verify\nverify\n"


def test_no_script_evaluates() -> None:
    """The text of every script, PowerShell's too, lacks what would run an answer."""
    for name, shell in SHELLS.items():
        code = "\n".join(line.partition(" # ")[0] for line in shell.script.splitlines()[1:])
        for word in ("eval", "Invoke-Expression", "iex", "_arguments", "compgen -W", "${(e)"):
            assert word not in code, (name, word)


def test_the_shell_is_guessed_from_the_environment(cli: Cli) -> None:
    guessed = cli("completion", env={"SHELL": "/usr/local/bin/fish"})
    assert guessed.out == SHELLS["fish"].script
    assert str(cli("completion", env={"SHELL": "/bin/tcsh"})) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: no completion for the shell 'tcsh'\n"
        "hint: authcli completion bash|zsh|fish|powershell\n"
    )
    assert cli("completion").code == 2


def test_answers_follow_aliases_and_flags_before_the_verb() -> None:
    assert _values("tokens", "enc") == []
    assert _values("tokens", "encode", "--passp") == ["--passphrase"]
    assert _values("-j", "--profile", "ci", "jwt", "dec") == ["decode"]
    assert _values("jwt", "mint", "-jk", "env:HOM") == ["env:HOME"]
    assert _values("jwt", "mint", "--expires", "n") == ["never"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("jwt mint --exp", "15m 1h 1d never"),
        ("jwt mint --nbf", "now 15m 1h 1d"),
        ("jwt edit --iat", "now 15m 1h 1d"),
        ("jwt mint --typ", "JWT at+jwt"),
        ("jwt verify --leeway", "30s 60s 5m 15m 1h"),
        ("jwt decode --min-ttl", "30s 60s 5m 15m 1h"),
        ("jwt fixtures --valid-for", "1h 1d 30d 1y 10y"),
        ("jwt fixtures -o", ":files"),
    ],
)
def test_times_and_types_are_offered(words: str, offered: str) -> None:
    assert _values(*words.split(), "") == offered.split()


def test_times_that_are_offered_are_understood(cli: Cli) -> None:
    token = cli.ok("jwt", "mint")
    for option in ("--exp", "--nbf"):
        for value in _values("jwt", "mint", option, ""):
            assert cli.ok("jwt", "mint", option, value, *(("-e", "2d") * (option == "--nbf")))
    for option in ("--leeway", "--min-ttl"):
        for value in _values("jwt", "verify", option, ""):
            assert cli("jwt", "verify", token, option, value).code in (0, 10)
    for value in _values("jwt", "fixtures", "--valid-for", ""):
        assert parse_duration(value)
    assert cli.ok("jwt", "mint", "--typ", _values("jwt", "mint", "--typ", "at")[0])


def test_an_option_that_was_given_is_offered_again_only_if_it_repeats() -> None:
    assert _values("jwt", "verify", "--key", "k.pem", "--ke") == []
    offered = ["--alg", "--allow-list", "--allow-weak"]
    assert sorted(_values("jwt", "verify", "--alg", "ES256", "--al")) == offered


def test_after_two_dashes_come_arguments_alone() -> None:
    assert _values("jwt", "verify", "--", "--ke") == []
    assert complete(["jwt", "mint", "--", "sub=@"]) == [":files\t5"]


def test_two_quotes_are_an_empty_word() -> None:
    """PowerShell before 7.3 drops an empty argument, and passes this one."""
    assert complete(["config", '""']) == complete(["config", ""])


def test_answers_hold_no_character_that_a_shell_knows() -> None:
    safe = re.compile(r"[A-Za-z0-9_.:/@=+-]+\t[A-Za-z0-9 .,:;/()=+_@-]*")
    for words in ([""], ["--"], ["key", ""], ["jwt", "mint", "--"], ["jwt", "verify", "--key", ""]):
        lines = complete(words)
        assert lines
        assert [line for line in lines if not safe.fullmatch(line)] == []


def test_identifiers_of_strangers_are_filtered() -> None:
    """What a kid, an id or a profile may be called to be offered at all."""
    kept = ["prod-1", "NzbLsXh8uDCcd", "a_b"]
    assert (
        identifiers([*HOSTILE, *kept, "", "-o", "--force", "a b", "a\nb", "é", "x" * 200]) == kept
    )


def test_tab_is_silent_when_the_configuration_is_broken(cli: Cli) -> None:
    (cli.home / "authcli.toml").write_text("= broken")
    answer = cli("--", "--profile", "", env={"_AUTHCLI_COMPLETE": "1"})
    assert str(answer) == "exit: 0\n--- stdout\n--- stderr\n"


@pytest.mark.parametrize(
    "words", ["", "jwt mint --", "jwt verify --key e", "jwt mint --alg ES", "--profile p", "help t"]
)
def test_tab_imports_no_heavy_library(words: str, cli: Cli) -> None:
    """TAB is pressed while someone waits."""
    code = "import sys, authcli.__main__ as m; m.main(); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "--", *words.split(" ")],
        env=cli.environment({"_AUTHCLI_COMPLETE": "1", "PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & {"jwt", "cryptography", "rich", "ssl", "sqlite3", "platformdirs"} == set()
    assert done.stdout or words == "--profile p"


def test_every_value_has_its_completer_or_is_free_text() -> None:
    """A new option's metavar is decided upon: completed, or added to the free ones here."""
    from authcli.cli._candidates import BY_METAVAR, BY_NAME, kind_of

    free = {
        *(
            "ADDRESS",
            "AUD",
            "CIDR",
            "CLAIM[=VALUE]",
            "FAMILY",
            "ID",
            "INSTANT",
            "ISS",
            "KID",
            "N",
            "NAME",
            "NAME=TEXT",
        ),
        *("GLOB", "OWNER", "SCOPE", "SUB", "TEXT", "URL", "USER", "WHAT=COLUMN", "WHO"),
    }
    undecided = {
        (path, param.name, param.metavar)
        for path, param in _parameters()
        if not getattr(param, "is_flag", False)
        and not set(param.opts) & BY_NAME.keys()
        and kind_of(param) not in free | BY_METAVAR.keys()
        and not re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", kind_of(param))
    }
    assert undecided == set()


def _values(*words: str) -> list[str]:
    return [line.partition("\t")[0] for line in complete(words)]


def _toml(text: str) -> str:
    return "'" + text + "'" if "'" not in text else '"' + text.replace('"', '\\"') + '"'


def _parameters(context: object = None) -> Iterator[tuple[str, object]]:
    """Walk every option and argument of every command."""
    from authcli.cli import _tree

    here = context or _tree.root()
    command = here.command  # type: ignore[attr-defined]
    for param in command.get_params(here):
        yield here.command_path, param  # type: ignore[attr-defined]
    for name in getattr(command, "commands", ()):
        yield from _parameters(_tree.child(here, name))

"""The recipes of docs/recipes run as a reader would run them, against a real service.

GitHub's and GitLab's runners are stood in for by tests/recipes; bash, curl, jq, pip and the service
are real. A reader's own values (the service's URL, a port) take the place of the examples'.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from authcli import clock
from authcli.cli.help.topics import TOPICS
from tests.cli.harness import Cli
from tests.docs.sessions import run_page
from tests.recipes import cron, github, gitlab
from tests.recipes.machine import JWT, PINNED, RECIPES, ROOT, Machine, Tools, edited
from tests.recipes.stand_ins import (
    AUDIENCE,
    REQUEST_TOKEN,
    fetched_id_token,
    free_port,
    running_issuer,
    running_service,
)
from tests.requirements import missing, require, require_package

yaml = pytest.importorskip("yaml", reason="PyYAML reads the recipes")
pytest.importorskip("hatchling", reason="hatchling builds the wheel that the recipes install")

WORKFLOW = (RECIPES / "github-actions.yml").read_text("utf-8")
PIPELINE = (RECIPES / "gitlab-ci.yml").read_text("utf-8")
HERE = "http://127.0.0.1:8080"


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    for program in ("bash", "curl"):
        require(program)
    return Tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="session")
def signing_key(tools: Tools) -> Path:
    """The private key that the service believes; its public half is beside it, as a set."""
    maker = Cli(tools.folder)
    maker.ok("key", "generate", "ES256", "-o", "signing.pem")
    maker.ok("key", "public", "signing.pem", "--to", "jwks", "-o", "jwks.json")
    return tools.folder / "signing.pem"


@pytest.fixture(scope="session")
def api(tools: Tools, signing_key: Path) -> Iterator[str]:
    """The service's URL."""
    with running_service(tools, signing_key.with_name("jwks.json")) as url:
        yield url


@pytest.fixture
def machine(tools: Tools, tmp_path: Path) -> Iterator[Machine]:
    """A folder to work in, and a home that is empty."""
    home = tmp_path / "home"
    home.mkdir()
    with Machine(tmp_path / "work", tools.environment(home)) as made:
        yield made


@pytest.fixture
def settings(tools: Tools, api: str) -> dict[str, str]:
    """What a project sets on the pages of its CI system."""
    return {"AUTHCLI": str(tools.wheel), "API": api}


def seen(text: str, signing_key: Path) -> list[str]:
    """Return the secrets that people can read in a text: tokens, and lines of the key."""
    lines = signing_key.read_text().splitlines()[1:-1]
    return [*JWT.findall(text), *(line for line in lines if line in text)]


def on_github(
    name: str,
    machine: Machine,
    signing_key: Path,
    settings: Mapping[str, str],
    *,
    edits: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> github.Job:
    """Run a job of the workflow; its log and its summary show no secret."""
    job = github.run_job(
        yaml.safe_load(edited(WORKFLOW, edits or {})),
        name,
        machine=machine,
        secrets={"API_SIGNING_KEY": signing_key.read_text()},
        variables=settings,
        environment=environment,
    )
    assert seen(job.log + job.summary, signing_key) == []
    return job


def test_github_calls_the_service_with_a_masked_token(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    job = on_github("call", machine, signing_key, settings)
    assert job.code == 0, job.log
    assert '"sub": "ci:1658821493"' in job.log
    assert '"scope": "admin"' in job.log
    # The one of the environment and the one of the output; the first was not due for renewal.
    assert len(job.masks) == 2 + len(signing_key.read_text().splitlines()) + 1
    assert job.exported.keys() == {"API_TOKEN"}
    assert job.exported["API_TOKEN"] in job.masks
    assert job.steps["admin"]["token"] in job.masks


def test_github_renews_a_token_that_is_nearly_over(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    job = on_github("call", machine, signing_key, settings, edits={"--exp 5m": "--exp 50s"})
    assert job.code == 0, job.log
    tokens = [mask for mask in job.masks if JWT.fullmatch(mask)]
    assert len(set(tokens)) == 3
    assert job.exported["API_TOKEN"] == tokens[1]


def test_github_says_so_when_a_fork_has_no_secret(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    """An empty secret is no key: nothing is minted, and the job ends there."""
    job = github.run_job(
        yaml.safe_load(WORKFLOW),
        "call",
        machine=machine,
        secrets={"API_SIGNING_KEY": ""},
        variables=settings,
    )
    assert job.code == 2
    assert "error: env:SIGNING_KEY is empty" in job.log
    assert job.exported == {}


def test_github_calls_with_many_tokens(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    job = on_github("load", machine, signing_key, settings, edits={"--count 1000": "--count 50"})
    assert job.code == 0, job.log
    assert job.summary.split() == ["50", "200"]
    assert len(set((machine.folder / "tokens").read_text().splitlines())) == 50


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_service_takes_good_fixtures_and_refuses_bad_ones(
    ci: str, machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    (machine.folder / "service.py").write_text((RECIPES / "service.py").read_text())
    _fixtures(ci, machine, signing_key, settings)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_fixtures_find_a_service_that_checks_too_little(
    ci: str, machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    """The job above can fail: this service asks for no audience. Of the tokens a few will do."""
    careless = edited((RECIPES / "service.py").read_text(), {", audience=audience)": ")"})
    (machine.folder / "service.py").write_text(careless)
    few = {
        '.keys == "jwks.json"': '.keys == "jwks.json" and (.name | test("aud|^good$"))',
        'row["keys"] == "jwks.json"': 'row["keys"] == "jwks.json" and "aud" in row["name"]',
    }
    recipe = WORKFLOW if ci == "github" else PIPELINE
    edits = {old: new for old, new in few.items() if old in recipe}
    log = _fixtures(ci, machine, signing_key, settings, edits=edits, code=1)
    accepted = set(re.findall(r"(\w+/\S+): \d+$", log, re.MULTILINE))
    assert "bad/wrong-aud.jwt" in accepted
    assert [name for name in accepted if not name.startswith("bad/")] == []


def _fixtures(
    ci: str,
    machine: Machine,
    signing_key: Path,
    settings: dict[str, str],
    *,
    edits: dict[str, str] | None = None,
    code: int = 0,
) -> str:
    run = on_github if ci == "github" else on_gitlab
    edits = {"8080": str(free_port()), **(edits or {})}
    job = run("fixtures", machine, signing_key, settings, edits=edits)
    assert job.code == code, job.log
    assert len(list(machine.folder.glob("fixtures/bad/*.jwt"))) > 20
    return job.log


def test_github_verifies_its_own_token_of_the_job(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    require("jq")
    claims: dict[str, object] = {"sub": "repo:octo-org/api:ref", "repository": "octo-org/api"}
    for repository, code in (("octo-org/api", 0), ("evil/api", 6)):
        with running_issuer({**claims, "repository": repository}) as url:
            job = on_github(
                "identity",
                machine,
                signing_key,
                settings,
                edits={"https://token.actions.githubusercontent.com": url},
                environment={
                    "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/id-token?api-version=2.0",
                    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
                },
            )
        assert job.code == code, job.log
        assert (("repo:octo-org/api:ref\n" in job.log), REQUEST_TOKEN in job.log) == (
            code == 0,
            False,
        )


def on_gitlab(
    name: str,
    machine: Machine,
    signing_key: Path,
    settings: Mapping[str, str],
    *,
    edits: Mapping[str, str] | None = None,
    needed: Mapping[str, gitlab.Job] | None = None,
) -> gitlab.Job:
    """Run a job of the pipeline; its log and its report hold no secret."""
    # As GitLab's runner writes a variable of the type File.
    file = machine.folder.with_name("API_SIGNING_KEY")
    file.write_text(signing_key.read_text())
    file.chmod(0o666)
    job = gitlab.run_job(
        yaml.safe_load(edited(PIPELINE, edits or {})),
        name,
        machine=machine,
        variables={"CI_JOB_ID": "50", "API_SIGNING_KEY": str(file), **settings},
        needed=needed,
    )
    assert seen(job.log + str(job.report), signing_key) == []
    return job


def test_gitlab_calls_the_service_and_hands_on_the_id_of_its_token(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    call = on_gitlab("call", machine, signing_key, settings)
    assert call.code == 0, call.log
    assert call.log.count('"sub": "ci:50"') == 2
    assert call.log.count(f'"jti": "{call.report["TOKEN_ID"]}"') == 2
    assert (machine.folder / "token").stat().st_mode & 0o777 == 0o600
    calls = on_gitlab("calls", machine, signing_key, settings, needed={"call": call})
    assert calls.log.endswith(f"the calls of token {call.report['TOKEN_ID']}\n")


def test_gitlab_renews_a_token_that_is_nearly_over(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    job = on_gitlab("call", machine, signing_key, settings, edits={"--exp 5m": "--exp 50s"})
    assert job.code == 0, job.log
    assert len(set(re.findall(r'"jti": "(\S+)"', job.log))) == 2


def test_gitlab_verifies_its_own_token_of_the_job(
    machine: Machine, signing_key: Path, settings: dict[str, str]
) -> None:
    claims: dict[str, object] = {"sub": "project_path:group/api", "project_path": "group/api"}
    with running_issuer(claims) as url:
        given = {
            "CI_SERVER_URL": url,
            "CI_PROJECT_PATH": "group/api",
            "ID_TOKEN": fetched_id_token(url, audience=AUDIENCE),
        }
        job = on_gitlab("identity", machine, signing_key, {**settings, **given})
        assert job.code == 0, job.log
        assert job.log.endswith("project_path:group/api\n")
        other = {**settings, **given, "CI_PROJECT_PATH": "group/other"}
        assert on_gitlab("identity", machine, signing_key, other).code == 6


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_private_key_among_the_published_ones_stops_the_job(
    ci: str, machine: Machine, signing_key: Path, settings: dict[str, str], tools: Tools
) -> None:
    run = on_github if ci == "github" else on_gitlab
    job = run("keys", machine, signing_key, settings)
    assert job.code == 0, job.log
    leaking = machine.folder / "leaking.json"
    leaking.write_text(Cli(tools.folder).ok("key", "convert", str(signing_key), "--to", "jwks"))
    with running_service(tools, leaking) as url:
        job = run("keys", machine, signing_key, {**settings, "API": url})
    assert job.code == 3, job.log
    assert "private key" in job.log


def test_the_stand_in_for_github_shows_what_nobody_masked(
    machine: Machine, signing_key: Path
) -> None:
    """The tests above would pass with a runner whose log is empty; this one would not."""
    mint = f"authcli jwt mint --key {signing_key} --sub x"
    steps = [
        {"run": f"T=$({mint} --mask); echo $T", "id": "masked"},
        {"run": f"T=$({mint}); echo token=$T >> $GITHUB_OUTPUT; echo $T", "id": "shown"},
        {"run": f"{mint} --github-output token", "id": "safe"},
    ]
    outputs = {name: f"${{{{ steps.{name}.outputs.token }}}}" for name in ("shown", "safe")}
    workflow = {"jobs": {"leak": {"steps": steps, "outputs": outputs}}}
    job = github.run_job(workflow, "leak", machine=machine)
    assert job.log.startswith("***\ney")
    assert seen(job.log, signing_key) == [job.steps["shown"]["token"]]
    # "Skip output since it may contain secret": so the topic and the comments say.
    assert job.outputs == {"shown": job.steps["shown"]["token"]}
    assert github.assignments("A=1=2\nB<<END\nx\n\ny<<z\nEND\nC=") == {
        "A": "1=2",
        "B": "x\n\ny<<z",
        "C": "",
    }


def test_the_stand_in_for_github_knows_pipefail(machine: Machine) -> None:
    """Without `shell: bash` a pipe may fail unseen, as the topic says."""
    jobs = {"pipe": {"steps": [{"run": "false | cat"}]}}
    assert github.run_job({"jobs": jobs}, "pipe", machine=machine).code == 0
    workflow = {"jobs": jobs, "defaults": {"run": {"shell": "bash"}}}
    assert github.run_job(workflow, "pipe", machine=machine).code == 1


def topic_block(name: str) -> str:
    """Return the indented lines of a help topic, as one text."""
    lines = TOPICS[name].text().splitlines()
    return "\n".join(line[2:] for line in lines if line.startswith("  ") or not line)


def test_the_steps_of_help_github_run(
    machine: Machine, signing_key: Path, tools: Tools, tmp_path: Path
) -> None:
    """In a job; the service here asks for no issuer, as the topic mints none."""
    careless = (RECIPES / "service.py").read_text()
    careless = edited(careless, {"Policy(issuer=issuer, audience=audience)": "Policy()"})
    (tmp_path / "service.py").write_text(careless)
    public = Cli(tools.folder).ok("key", "public", str(signing_key))
    (machine.folder / "public.pem").write_text(public)
    steps = yaml.safe_load(topic_block("github"))
    jwks = signing_key.with_name("jwks.json")
    with running_service(tools, jwks, program=tmp_path / "service.py") as url:
        workflow = {"jobs": {"topic": {"steps": steps, "env": {"API": url}}}}
        secrets = {"SIGNING_KEY": signing_key.read_text()}
        job = github.run_job(workflow, "topic", machine=machine, secrets=secrets)
    assert job.code == 0, job.log
    assert seen(job.log, signing_key) == []
    assert {job.exported["API_TOKEN"], job.steps["admin"]["token"]} <= set(job.masks)
    assert re.findall(r'"sub": ?"(\w+)"', job.log) == ["ci", "admin"]


CRONTABS = {"recipe": (RECIPES / "crontab").read_text("utf-8"), "topic": topic_block("cron")}


@pytest.fixture(params=CRONTABS)
def crontab(
    request: pytest.FixtureRequest, tools: Tools, tmp_path: Path, signing_key: Path
) -> list[cron.Line]:
    """A crontab with a reader's paths; its lines: watch, renew, lint, expiring, rotate."""
    require("flock")
    text = edited(CRONTABS[request.param], {"PATH=/usr/local/bin": f"PATH={tools.bin}"})
    published = {
        "https://issuer.example/jwks.json": f"file://{tmp_path}/jwks.json",
        "/srv/www/jwks.json": f"{tmp_path}/jwks.json",
        "/etc/app/token": f"{tmp_path}/token",
    }
    text = edited(text, {example: own for example, own in published.items() if example in text})
    lines = cron.lines(text)
    times = ["0 7 * * *", "*/5 * * * *", "17 3 * * *", "0 8 * * *", "30 4 * * *"]
    assert sorted(line.when for line in lines) == sorted(times)
    lines.sort(key=lambda line: times.index(line.when))
    (tmp_path / "key.pem").write_text(signing_key.read_text())
    (tmp_path / "key.pem").chmod(0o600)
    return lines


def test_cron_mails_when_a_token_is_nearly_over(
    crontab: list[cron.Line], tmp_path: Path, signing_key: Path
) -> None:
    watch, minter = crontab[0], Cli(tmp_path)
    words = ["jwt", "mint", "--key", str(signing_key), "--sub", "app", "-o", "token", "--force"]
    assert "cannot read the token" in mailed(watch, tmp_path)
    minter.ok(*words, "--exp", "8d")
    assert cron.run(watch, home=tmp_path) is None
    minter.ok(*words, "--exp", "6d")
    text = mailed(watch, tmp_path)
    assert re.fullmatch(r"error: 518\d{3} s are left of 604800 s asked for\n", text)


def test_cron_renews_a_token_in_silence_and_one_at_a_time(
    crontab: list[cron.Line], tmp_path: Path
) -> None:
    renew, token = crontab[1], tmp_path / "token"
    for before in (None, "an old one"):
        token.write_text(before) if before else token.unlink(missing_ok=True)
        assert cron.run(renew, home=tmp_path) is None
        assert JWT.fullmatch(token.read_text().strip())
        assert token.stat().st_mode & 0o777 == 0o600
    if "day=" in renew.command:
        day = Cli(tmp_path).ok("jwt", "decode", "-q", "--field", "payload.day", "@token")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    lock = re.search(r"flock -n (\S+)", renew.command)
    assert lock
    token.write_text("what the run before it is writing")
    holder = ["flock", "-n", str(tmp_path / lock[1]), "cat"]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"held\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"held\n"
        assert cron.run(renew, home=tmp_path) is None
        process.stdin.close()
    assert token.read_text() == "what the run before it is writing"


def test_cron_mails_when_a_published_key_is_private(
    crontab: list[cron.Line], tmp_path: Path, signing_key: Path
) -> None:
    lint, published = crontab[2], tmp_path / "jwks.json"
    assert re.search("no such file|Couldn't open", mailed(lint, tmp_path))
    published.write_text(signing_key.with_name("jwks.json").read_text())
    assert cron.run(lint, home=tmp_path) is None
    published.write_text(Cli(tmp_path).ok("key", "convert", str(signing_key), "--to", "jwks"))
    assert "private key" in mailed(lint, tmp_path)


def test_cron_mails_when_an_api_key_ends_soon(crontab: list[cron.Line], tmp_path: Path) -> None:
    expiring, owner = crontab[3], Cli(tmp_path)
    assert cron.run(expiring, home=tmp_path) is None, "there is no store yet"
    owner.ok("apikey", "issue", "far", "--expires", "15d")
    assert cron.run(expiring, home=tmp_path) is None
    owner.ok("apikey", "issue", "near", "--expires", "13d")
    assert mailed(expiring, tmp_path) == "error: 1 API key expires within 14 days\n"


def test_cron_rotates_an_api_key_in_silence_when_it_is_old(
    crontab: list[cron.Line], tmp_path: Path
) -> None:
    rotate, owner, kept = crontab[4], Cli(tmp_path), tmp_path / "app.key"
    owner.ok("apikey", "issue", "app", "-o", "app.key")
    first = kept.read_text()
    assert cron.run(rotate, home=tmp_path) is None
    assert kept.read_text() == first, "it is young"
    later = clock.format_instant(clock.now() + 81 * 86_400)
    assert cron.run(rotate, home=tmp_path, extra={"AUTHCLI_NOW": later}) is None
    assert kept.read_text() != first
    assert kept.stat().st_mode & 0o777 == 0o600
    for key in (first, kept.read_text()):
        assert owner("apikey", "verify", key.strip(), "--now", later).code == 0


def test_a_key_that_needs_a_passphrase_asks_nobody_under_cron(tools: Tools, tmp_path: Path) -> None:
    maker = Cli(tmp_path, {"PW": "a pass phrase"})
    maker.ok("key", "generate", "ES256", "--passphrase", "env:PW", "-o", "key.pem")
    (line,) = cron.lines(f"PATH={tools.bin}:/usr/bin:/bin\n@daily authcli jwt mint --key key.pem")
    assert mailed(line, tmp_path).startswith("error: ")


def test_the_stand_in_for_cron_knows_per_cent_signs(tmp_path: Path) -> None:
    (line,) = cron.lines(r"5 4 * * sun  echo \%; cat; echo $SHELL %one%two\%".replace("sun", "0"))
    assert mailed(line, tmp_path) == "%\none\ntwo%/bin/sh\n"


def mailed(line: cron.Line, home: Path) -> str:
    """Run a line that must cause a mail; return its text."""
    mail = cron.run(line, home=home)
    assert mail is not None
    assert mail.to == line.settings.get("MAILTO", "app")
    return mail.text


COMMITTED = {
    "notes.txt": "nothing to see\n",
    "authcli.toml": 'issuer = "https://ci.example"\n',
}


@pytest.fixture
def repository(machine: Machine, signing_key: Path) -> Machine:
    """A machine in a Git repository, whose first commit passed the hooks of the recipe."""
    require("git")
    require_package("pre_commit")
    machine.environment |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "a@example.com" for who in ROLES for what in ("NAME", "EMAIL")},
        "PRE_COMMIT_HOME": str(machine.folder.with_name("pre-commit")),
    }
    recipe = (RECIPES / "pre-commit-config.yaml").read_text("utf-8")
    public = Cli(signing_key.parent).ok("key", "public", str(signing_key))
    jwks = signing_key.with_name("jwks.json").read_text()
    files = {".pre-commit-config.yaml": recipe, "public.pem": public, "jwks.json": jwks}
    code, log = machine.run(["bash"], f"git init -q && {PRE_COMMIT} install", env={})
    assert code == 0, log
    code, log = committed(machine, COMMITTED | files)
    assert code == 0, log
    assert log.count("Passed") == 3, log
    return machine


ROLES = ("AUTHOR", "COMMITTER")
PRE_COMMIT = f"'{sys.executable}' -m pre_commit"


def committed(machine: Machine, files: Mapping[str, str]) -> tuple[int, str]:
    """Write files and commit them; return the exit code, and what was printed."""
    for name, text in files.items():
        (machine.folder / name).write_text(text)
    return machine.run(["bash"], "git add . && git commit -q -m change", env={})


def test_a_commit_with_a_leaked_key_or_a_private_one_is_refused(
    repository: Machine, signing_key: Path
) -> None:
    """All is told at once, where it is, and no secret with it."""
    key = Cli(signing_key.parent).ok("apikey", "issue", "leaked", "--no-exp").strip()
    leaks = {
        "settings.py": f"# the key\nKEY = {key!r}\n",
        "signing.pem": signing_key.read_text(),
    }
    code, log = committed(repository, leaks)
    assert (code, log.count("Failed")) == (1, 2), log
    assert "settings.py:2:8:ak_" in log
    assert "a private key stands where only public keys may be" in log
    assert "in signing.pem\n" in log
    assert "in public.pem" not in log
    assert key not in log
    assert seen(log, signing_key) == []
    repository.run(["bash"], f"rm {' '.join(leaks)}", env={})
    code, log = committed(repository, {"authcli.toml": 'lifetime = "soon"\n'})
    assert code == 1
    assert "authcli.toml: lifetime" in log
    assert repository.run(["bash"], "git rev-list --count HEAD", env={}) == (0, "1\n")


def test_what_is_not_staged_is_not_looked_at(repository: Machine, signing_key: Path) -> None:
    """Nor is it lost: pre-commit puts it aside, and back."""
    key = Cli(signing_key.parent).ok("apikey", "issue", "mine", "--no-exp").strip()
    (repository.folder / "notes.txt").write_text("a line\n")
    repository.run(["bash"], "git add notes.txt", env={})
    (repository.folder / "notes.txt").write_text(f"a line\n{key}\n")
    code, log = repository.run(["bash"], "git commit -q -m change", env={})
    assert code == 0, log
    assert log.count("Skipped") == 2, "no key set and no settings are part of it"
    assert key in (repository.folder / "notes.txt").read_text()


@pytest.mark.parametrize(("name", "edits"), [("shell.md", {}), ("curl.md", {"8080": ""})])
def test_pages_run_from_top_to_bottom(name: str, edits: dict[str, str], machine: Machine) -> None:
    (machine.folder / "service.py").write_text((RECIPES / "service.py").read_text())
    edits = {example: own or str(free_port()) for example, own in edits.items()}
    run_page(RECIPES / name, machine, edits=edits)


def test_docker_recipes_run_in_docker(machine: Machine) -> None:
    """In containers; it fetches the base image, and what pip installs."""
    docker = require("docker")
    if subprocess.run([docker, "info"], capture_output=True).returncode:
        missing("docker-daemon")
    run_docker_page(machine)


def test_docker_recipes_run_without_docker(machine: Machine, tmp_path: Path) -> None:
    """The Dockerfile's instructions as they stand, over a copy of this machine."""
    require("unshare")
    if not PINNED:
        pytest.skip("beside a Typer that is newer than our pin pip rightly installs nothing")
    probe = "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && mount -t overlay none -o {} /mnt"
    options = "lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w"
    mounted = ["unshare", "--mount", "sh", "-c", probe.format(options)]
    if subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("no overlay can be mounted here (it takes root)")
    if subprocess.run([f"{sys.base_prefix}/bin/python3", "-c", "import ensurepip"]).returncode:
        pytest.skip("this Python makes no environments with pip (python3-venv)")
    (tmp_path / "docker").mkdir()
    (tmp_path / "images").mkdir()
    script = tmp_path / "docker" / "docker"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.recipes.image '
        f'"{tmp_path / "images"}" "$@"\n'
    )
    script.chmod(0o755)
    machine.environment["PATH"] = f"{script.parent}:{machine.environment['PATH']}"
    run_docker_page(machine)


def run_docker_page(machine: Machine) -> None:
    """Run docker.md in a checkout, as its first command says."""
    leftovers = shutil.ignore_patterns("__pycache__")
    for name in ("authcli", "completions", "docs"):
        shutil.copytree(ROOT / name, machine.folder / name, ignore=leftovers)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, machine.folder)
    run_page(RECIPES / "docker.md", machine)


def test_every_job_is_tested() -> None:
    """A job that is added to a recipe and not to this file is named here."""
    source = Path(__file__).read_text("utf-8")
    jobs = [*yaml.safe_load(WORKFLOW)["jobs"]]
    jobs += yaml.safe_load(PIPELINE).keys() - {"default", "variables", "stages"}
    assert [name for name in jobs if f'"{name}"' not in source] == []
    assert sorted(path.name for path in RECIPES.iterdir() if path.name not in INDEX) == [
        "README.md"
    ]


INDEX = (RECIPES / "README.md").read_text("utf-8")

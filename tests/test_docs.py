"""The documents tell the truth about commands, variables, files and links."""

import re
from pathlib import Path

import pytest

from webapp.env import PREFIX, Environment

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "scoring").glob("*/README.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
TOP_FOLDERS = {"webapp", "scoring", "cluster_admin", "templates", "static", "tests", "docs", "demo", "locale", "bench"}
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def variables() -> set[str]:
    fields = Environment.model_fields.items()
    return {str(field.validation_alias or f"{PREFIX}{name.upper()}") for name, field in fields}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document):
    links = LINK.findall(document.read_text())
    inner = [link for link in links if not link.startswith(("http://", "https://"))]
    assert [link for link in inner if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_files_exist(document):
    named = [name for name in QUOTED.findall(document.read_text()) if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", name)]
    ours = [name for name in named if name.split("/")[0] in TOP_FOLDERS and "NAME" not in name]
    assert [name for name in ours if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_make_exist(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*QUOTED.findall(document.read_text()), *BLOCK.findall(document.read_text())]
    named = {target for piece in code for target in re.findall(r"\bmake ([a-z-]+)", piece)}
    assert named - targets == set()


def test_make_help_names_every_command_for_users():
    makefile = (ROOT / "Makefile").read_text()
    helped = set(re.findall(r'@echo "make (\w+)', makefile))
    inner = {"help", "python", "packages", "packages-dev", "translations"}
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert targets - helped == inner


def test_every_variable_is_documented_and_no_other():
    rows = [line for line in (ROOT / "docs" / "configuration.md").read_text().split("\n") if line.startswith("| `")]
    first_cells = " ".join(row.split("|")[1] for row in rows)
    assert set(QUOTED.findall(first_cells)) == variables()

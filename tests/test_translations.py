"""Spanish is complete: every text that the code marks for translation has one, and no text is left unmarked."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.template import engines
from django.template.base import Node, Origin, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
Message = tuple[str, str | None]


def test_every_text_has_a_spanish_translation():
    translated = set(_catalogue())
    missing = sorted({message for message in _marked() if message not in translated})
    assert missing == []


def test_no_translation_is_left_over():
    assert sorted(set(_catalogue()) - set(_marked())) == []


def test_translations_keep_the_placeholders():
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="es", ignore_obsolete=True):
            for source, target in zip(_forms(message.id), _forms(message.string), strict=False):
                assert _placeholders(source) == _placeholders(target), source


def _catalogue() -> Iterator[Message]:
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="es", ignore_obsolete=True):
            if message.id and not message.fuzzy and all(_forms(message.string)):
                yield _forms(message.id)[0], message.context


def _forms(text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _placeholders(text: str) -> set[str]:
    """`{name}` and `%(name)s`, without the order, which a translation may change."""
    braces = {name for _, name, _, _ in string.Formatter().parse(text.replace("%(", "%%(")) if name}
    percents = {part.split(")")[0] for part in text.split("%(")[1:]}
    return braces | percents


def _marked() -> Iterator[Message]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _in_template(path)
    for folder in ("webapp", "cluster_admin"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _in_python(path)


def _in_template(path: Path) -> Iterator[Message]:
    engine = engines["django"].engine
    template = Template(path.read_text(), origin=Origin(str(path), str(path)), engine=engine)
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode) and isinstance(node.filter_expression.var, str):
            yield node.filter_expression.var, None
        elif isinstance(node, TranslateNode) and node.filter_expression.var.literal is not None:
            context = node.message_context.var if node.message_context else None
            yield node.filter_expression.var.literal, context
        elif isinstance(node, BlockTranslateNode):
            singular, _ = node.render_token_list(node.singular)
            context = node.message_context.var if node.message_context else None
            yield (
                (" ".join(line.strip() for line in singular.strip().splitlines()) if node.trimmed else singular),
                context,
            )


def _in_python(path: Path) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in CALLS:
            continue
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if not texts:
            pytest.fail(f"{path}:{node.lineno} marks a text that is not written out")
        yield (texts[1], texts[0]) if node.func.id.startswith("pgettext") else (texts[0], None)

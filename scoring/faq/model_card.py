"""A model's card for people."""

from collections.abc import Mapping
from typing import Any

from scoring.faq.tables import between, figure, markdown_table


def as_markdown(card: Mapping[str, Any]) -> str:
    """`card`: as in card.json, without the hash of this text."""
    return "\n\n".join(
        [
            f"# {card['name']} {card['version']}",
            f"An FAQ model trained {card['created']} from `{card['data']['source']}` with seed {card['seed']}. It "
            f"answers from a probability of {card['threshold']} on.",
            "## Data",
            markdown_table([["", "number"], *_counts(card["data"])]),
            "## Accuracy",
            *_accuracy(card["metrics"]),
            "## Cost",
            markdown_table([["", ""], *_cost(card)]),
            "## Made with",
            "Encoder {name}: {package}, SHA-256 of its weights {weights}.".format(**card["encoder"]),
            markdown_table([["library", "version"], *([name, made] for name, made in card["libraries"].items())]),
            "## Files",
            markdown_table([["file", "SHA-256"], *([f"`{file}`", f"`{sha}`"] for file, sha in card["files"].items())]),
            "",
        ]
    )


def _counts(data: Mapping[str, Any]) -> list[list[str]]:
    return [[name.replace("_", " "), f"{value:,}"] for name, value in data.items() if isinstance(value, int)]


def _accuracy(metrics: Mapping[str, Any]) -> list[str]:
    if not metrics["measured"]:
        return [metrics["how"]]
    rows = [[name, figure(metrics[name]), between(metrics["intervals"][name])] for name in metrics["intervals"]]
    others = [[name, figure(metrics[name]), ""] for name in ("ece", "false_accept", "false_reject")]
    return [metrics["how"], markdown_table([["", "value", "95 % interval"], *rows, *others])]


def _cost(card: Mapping[str, Any]) -> list[list[str]]:
    speed = card["speed"]
    return [
        ["one question", f"{speed['one_question_ms']} ms"],
        [f"a question in a batch of {speed['batch']}", f"{speed['batched_question_ms']} ms"],
        ["training", f"{speed['training_seconds']} s"],
        ["size", f"{card['size_bytes'] / 1e6:,.1f} MB"],
    ]

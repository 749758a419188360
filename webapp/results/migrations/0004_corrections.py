"""Corrections of labels, and the right to review them for the group that reviews votes."""

from typing import Any

from django.db import migrations, models

GROUP = "reviewers"


def allow(apps: Any, schema_editor: Any) -> None:
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="results", model="correction"
    )
    group = apps.get_model("auth", "Group").objects.get(name=GROUP)
    for codename in ("view", "change", "delete"):
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type,
            codename=f"{codename}_correction",
            defaults={"name": f"Can {codename} correction of a label"},
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0003_kept_photos"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answer_id", models.CharField(editable=False, max_length=32, unique=True)),
                ("model", models.CharField(max_length=200, verbose_name="model")),
                ("given_at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="given")),
                (
                    "review",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("accepted", "accepted"), ("dismissed", "dismissed")],
                        db_index=True,
                        default="waiting",
                        max_length=12,
                        verbose_name="review",
                    ),
                ),
                ("predicted_id", models.CharField(max_length=200)),
                ("predicted_label", models.CharField(max_length=200, verbose_name="the model said")),
                ("score", models.FloatField(verbose_name="score")),
                ("right_id", models.CharField(blank=True, editable=False, max_length=200)),
                (
                    "right_label",
                    models.CharField(
                        blank=True,
                        help_text="One of the model's own labels. Empty: none of the things that it knows.",
                        max_length=200,
                        verbose_name="right label",
                    ),
                ),
                ("photo", models.BinaryField(null=True, verbose_name="photo")),
            ],
            options={
                "verbose_name": "correction of a label",
                "verbose_name_plural": "corrections of labels",
                "ordering": ("-given_at", "-pk"),
                "abstract": False,
                "default_permissions": ("view", "change", "delete"),
            },
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]

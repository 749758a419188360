"""The group that reads votes in the admin. Its permission is made here, since Django makes permissions only after."""

from typing import Any

from django.db import migrations

GROUP = "reviewers"


def add_group(apps: Any, schema_editor: Any) -> None:
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="results", model="feedback"
    )
    permissions = apps.get_model("auth", "Permission").objects
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for codename in ("view", "change", "delete"):
        name = f"Can {codename} vote or question"
        permission, _ = permissions.get_or_create(
            content_type=content_type, codename=f"{codename}_feedback", defaults={"name": name}
        )
        group.permissions.add(permission)


def remove_group(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add_group, remove_group)]

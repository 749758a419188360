"""The groups viewers (see) and operators (see and scale)."""

from typing import Any

from django.db import migrations

GROUPS = {"viewers": ["see_cluster"], "operators": ["see_cluster", "scale_deployment"]}
NAMES = {
    "see_cluster": "Can see the cluster and its changes",
    "scale_deployment": "Can change how many replicas a deployment has",
}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Permissions are otherwise made only after all migrations, so these make their own, by the same names."""
    content_types, permissions = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    about, _made = content_types.objects.get_or_create(app_label="cluster_admin", model="change")
    for group_name, codenames in GROUPS.items():
        group, _made = apps.get_model("auth", "Group").objects.get_or_create(name=group_name)
        for codename in codenames:
            permission, _made = permissions.objects.get_or_create(
                codename=codename, content_type=about, defaults={"name": NAMES[codename]}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("cluster_admin", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]

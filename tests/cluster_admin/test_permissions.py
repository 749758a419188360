"""Every address of the panel × every kind of person."""

import pytest
from django.urls import reverse

from cluster_admin import urls

PAGES = {
    "overview": ((), "viewer"),
    "live": ((), "viewer"),
    "pod": (("scoring-faq-abc-1",), "viewer"),
    "scale": (("scoring-faq",), "operator"),
    "changes": ((), "viewer"),
    "change": ((1,), "viewer"),
    "change-live": ((1,), "viewer"),
}
ROLES = ("nobody", "stranger", "viewer", "operator")


def test_every_address_is_in_this_list():
    assert {pattern.name for pattern in urls.urlpatterns} == set(PAGES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", PAGES)
def test_who_may_come(client, people, fake_cluster, name, role):
    arguments, least = PAGES[name]
    if role != "nobody":
        client.force_login(people[role])
    address = reverse(f"ops:{name}", args=arguments)
    answer = client.get(address)
    if role == "nobody":
        assert (answer.status_code, answer.url) == (302, f"{reverse('sign-in')}?next={address}")
    elif ROLES.index(role) < ROLES.index(least):
        assert answer.status_code == 403
        assert "Ask an administrator" in answer.content.decode()
    else:
        assert answer.status_code == (404 if name.startswith("change") and arguments else 200)


@pytest.mark.parametrize("role", ["nobody", "stranger", "viewer"])
def test_only_an_operator_scales(client, people, fake_cluster, api, role):
    if role != "nobody":
        client.force_login(people[role])
    answer = client.post(reverse("ops:scale", args=["scoring-faq"]), {"replicas": 3})
    assert answer.status_code == (302 if role == "nobody" else 403)
    assert api.requests == []


def test_a_page_whose_session_ended_is_told_to_load_anew(client, db):
    answer = client.get(reverse("ops:live"), headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_a_viewer_sees_no_scale_button(client, people, fake_cluster):
    client.force_login(people["viewer"])
    assert reverse("ops:scale", args=["scoring-faq"]) not in client.get(reverse("ops:overview")).content.decode()

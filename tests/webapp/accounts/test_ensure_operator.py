import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command


@pytest.fixture
def kept(tmp_path, db):
    return tmp_path / "state" / "operator.txt"


def ensure(file):
    call_command("ensure_operator", file=file)
    name, password = file.read_text().split()
    return User.objects.get(username=name), password


def test_the_operator_is_made_with_a_password_of_its_own(kept):
    user, password = ensure(kept)
    assert user.check_password(password)
    assert user.has_perm("cluster_admin.scale_deployment")
    assert (len(password) >= 16, kept.stat().st_mode & 0o777) == (True, 0o600)


def test_a_second_run_leaves_both_alone(kept):
    first = ensure(kept)
    assert ensure(kept) == first


@pytest.mark.parametrize("damage", ["", "operator wrong\n", "somebody else entirely\n", None])
def test_a_lost_or_wrong_file_gets_a_new_password(kept, damage):
    _user, old = ensure(kept)
    if damage is None:
        kept.unlink()
    else:
        kept.write_text(damage)
    user, new = ensure(kept)
    assert new != old
    assert user.check_password(new)
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path, db):
    (tmp_path / "a-file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("ensure_operator", file=tmp_path / "a-file" / "operator.txt")
    assert not User.objects.filter(username="operator").exists()

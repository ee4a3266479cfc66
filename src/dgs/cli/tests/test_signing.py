"""Tests of the verb `signing-key`: it refuses too early, does it when urgent, and says which key signs."""

import pytest

from dgs.cli import arguments, signing
from dgs.cli.console import Refused
from dgs.core.signon.models import SigningKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


def test_a_key_that_applications_do_not_know_yet_is_refused_unless_it_is_urgent(capsys):
    with pytest.raises(Refused, match="--urgent"):
        signing.run(arguments.read(["signing-key", "rotate"]))
    assert not SigningKey.objects.filter(retired_at__isnull=False).exists()
    assert signing.run(arguments.read(["signing-key", "rotate", "--urgent"])) == 0
    assert SigningKey.objects.get(retired_at=None, signs_from__isnull=False).kid in capsys.readouterr().out

"""One table of telephone numbers as people type them: every place that takes one stores the same, or refuses."""

import pytest

from dgs.core.messaging import api as messaging
from dgs.core.parties import api as parties
from dgs.kernel.errors import InvalidInput

MOBILE, FIXED, NONE = "mobile", "fixed", "none"
NUMBERS = [
    ("0812-3456-7890", "6281234567890", MOBILE),
    ("0812 3456 7890", "6281234567890", MOBILE),
    ("+62 812 3456 7890", "6281234567890", MOBILE),
    ("+62 (812) 3456.7890", "6281234567890", MOBILE),
    ("6281234567890", "6281234567890", MOBILE),
    ("81234567890", "6281234567890", MOBILE),
    ("0812/3456/7890", "6281234567890", MOBILE),
    ("0812\u00a03456\u20137890", "6281234567890", MOBILE),
    ("\uff10\uff18\uff11\uff12 3456 7890", "6281234567890", MOBILE),
    ("0812345678", "62812345678", MOBILE),
    ("(0711) 891-2345", "627118912345", FIXED),
    ("+62 711 8912345", "627118912345", FIXED),
    ("12345", "", NONE),
    ("08123", "", NONE),
    ("081234567890123", "", NONE),
    ("+1 555 123 4567", "", NONE),
    ("+0812 3456 7890", "", NONE),
    ("0812abc45678", "", NONE),
    ("0812 3456 7890\x00", "", NONE),
    ("\u0660\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660", "", NONE),
]


@pytest.mark.parametrize(("text", "stored", "kind"), NUMBERS)
def test_a_number_is_kept_in_one_form_wherever_it_is_typed(text, stored, kind):
    if kind == NONE:
        with pytest.raises(InvalidInput) as refusal:
            parties.clean_phone(text)
        assert "phone" in refusal.value.errors
    else:
        assert parties.clean_phone(text) == stored
    if kind == MOBILE:
        assert messaging.normalise_phone(text) == stored
    else:
        with pytest.raises(ValueError, match="not a number"):
            messaging.normalise_phone(text)


def test_no_number_is_none_on_a_form_and_refused_where_a_message_goes():
    assert parties.clean_phone(" ") == ""
    with pytest.raises(ValueError, match="not a number"):
        messaging.normalise_phone(" ")

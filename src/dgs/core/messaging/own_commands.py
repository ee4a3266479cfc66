"""The SMS commands that belong to SMS itself: help, again, cancel, stop, go on."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.messaging.actions.broadcasting import subscribe, unsubscribe
from dgs.core.messaging.actions.wishes import fall_silent, speak_again
from dgs.core.messaging.commands import Answer, Sms, help_text
from dgs.core.messaging.models import Conversation, Silence, Topic
from dgs.core.regions import api as regions
from dgs.kernel.manifest import SmsCommand


def bantuan(sms: Sms) -> str:
    """All commands, or one of them explained."""
    return help_text(sms.words[0] if sms.words else "")


def ulang(sms: Sms) -> str | Answer:
    """What was asked last."""
    talk = Conversation.objects.filter(number=sms.number).first()
    return talk.question if talk else _("Nothing was asked.") + " " + help_text()


def batal(sms: Sms) -> str:
    """End what was begun."""
    ended = Conversation.objects.filter(number=sms.number).delete()[0]
    return _("Cancelled. Nothing was kept.") if ended else _("There was nothing to cancel.")


def stop(sms: Sms) -> str:
    """No news and no reminders any more."""
    fall_silent(address=sms.number, now=sms.now)
    return _("You will get no more news and reminders. Messages about your own matters still come. To get them again: START")


def mulai(sms: Sms) -> str:
    """News and reminders again."""
    if speak_again(address=sms.number):
        return _("You will get news and reminders again. To stop them: STOP")
    return _("This number gets news and reminders.") + " " + help_text()


def langganan(sms: Sms) -> str:
    """Subscribe to a topic, or hear which there are."""
    word = sms.words[0].upper() if sms.words else ""
    topic = Topic.objects.filter(word=word, is_open=True).first() if word else None
    if topic is None:
        words = ", ".join(Topic.objects.filter(is_open=True).order_by("word").values_list("word", flat=True)[:12])
        if not words:
            return _("There are no topics to subscribe to yet.")
        return _("Write SUBSCRIBE and one of: %(words)s") % {"words": words}
    asked = " ".join(sms.words[1:])
    places = regions.search(asked, within=regions.home_code(), limit=1) if asked else []
    if asked and not places:
        return _("We know no place %(place)s here. Write the name of the district or village, or leave it out.") % {
            "place": asked[:30]
        }
    place = places[0] if places else None
    subscribe(
        topic=topic, channel="sms", address=sms.number, language=sms.language, now=sms.now,
        party_id=sms.whose.party_id if sms.whose else None, region_id=place.pk if place else None,
    )
    values = {"title": topic.title, "word": topic.word, "place": place.name if place else ""}
    if Silence.objects.filter(address=sms.number).exists():
        return _("Noted: %(title)s. But this number said STOP, so that nothing comes. To get it: START") % values
    if place is None:
        said = _("You will hear of: %(title)s. For one place: SUBSCRIBE %(word)s <district>. To end it: UNSUBSCRIBE %(word)s")
        return said % values
    return _("You will hear of: %(title)s, %(place)s. To end it: UNSUBSCRIBE %(word)s") % values


def lepas(sms: Sms) -> str:
    """End a subscription, or all of them."""
    topic = Topic.objects.filter(word=sms.words[0].upper()).first() if sms.words else None
    if sms.words and topic is None:
        return langganan(sms)
    ended = unsubscribe(address=sms.number, topic=topic, now=sms.now)
    if not ended:
        return _("There was no subscription to end.")
    return _("Ended: %(title)s.") % {"title": topic.title} if topic else _("Ended: all your subscriptions.")


STOP = SmsCommand(
    word="STOP", aliases=("UNREG", "BERHENTI"), answer=stop, order=93,
    usage="STOP", help=gettext_lazy("no more news and reminders"),
)
OWN = (
    SmsCommand(
        word="BANTUAN", aliases=("TOLONG",), english=("HELP",), answer=bantuan, order=90,
        usage=gettext_lazy("HELP <word>"), help=gettext_lazy("explains what you can do by SMS"),
    ),
    SmsCommand(
        word="ULANG", is_listed=False, english=("AGAIN",), answer=ulang, order=91,
        usage="ULANG", help=gettext_lazy("asks the last question again"),
    ),
    SmsCommand(
        word="BATAL", is_listed=False, english=("CANCEL",), answer=batal, order=92,
        usage="BATAL", help=gettext_lazy("ends what you have begun"),
    ),
    SmsCommand(
        word="LANGGANAN", english=("SUBSCRIBE",), answer=langganan, order=88,
        usage=gettext_lazy("SUBSCRIBE <topic> <place>"), help=gettext_lazy("tells you of a topic, such as floods"),
    ),
    SmsCommand(
        word="LEPAS", is_listed=False, english=("UNSUBSCRIBE",), answer=lepas, order=89,
        usage=gettext_lazy("UNSUBSCRIBE <topic>"), help=gettext_lazy("ends a subscription"),
    ),
    STOP,
    SmsCommand(
        word="MULAI", is_listed=False, aliases=("REG",), english=("START",), answer=mulai, order=94,
        usage="MULAI", help=gettext_lazy("news and reminders again"),
    ),
)

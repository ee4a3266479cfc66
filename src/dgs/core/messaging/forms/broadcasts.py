"""What is asked of an officer who sends a broadcast or makes a topic; whether it can be sent is the action's question."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.actions.broadcasting import CHANNELS
from dgs.core.messaging.models import Message, Topic
from dgs.core.regions import api as regions
from dgs.kernel import registry


class BroadcastForm(forms.Form):
    """One text to many people: what, by what, to whom, where. `may_alarm`: whether an emergency can be chosen."""

    title = forms.CharField(
        label=_("Title"), max_length=120,
        error_messages={"required": _("Give it a title of at most 120 characters.")},
        help_text=_("For your colleagues, and the subject of e-mails."),
    )
    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect, initial=Message.Kind.NEWS)
    channels = forms.MultipleChoiceField(
        label=_("Sent by"), widget=forms.CheckboxSelectMultiple, initial=["sms"],
        error_messages={"required": _("Choose by what it is sent.")},
        choices=[(channel, Message.Channel(channel).label) for channel in CHANNELS],
    )
    office = forms.ChoiceField(
        label=_("In the name of"), required=False, help_text=_("Whose costs and daily cap it counts to."),
    )
    text_id = forms.CharField(
        label=_("Text in Indonesian"), widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what people are to read.")},
        help_text=_("One SMS holds 160 characters. The shorter, the better it is read."),
    )
    text_en = forms.CharField(
        label=_("Text in English"), widget=forms.Textarea(attrs={"rows": 4}), required=False,
        help_text=_("For those who chose English. Empty: they get the Indonesian text."),
    )
    audiences = forms.MultipleChoiceField(
        label=_("Sent to"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose whom it is sent to.")},
        help_text=_("Who is in several gets one message."),
    )
    regions = forms.MultipleChoiceField(
        label=_("Only in"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Nothing ticked: everywhere. Otherwise only people whose address lies in what is ticked."),
    )

    def __init__(self, *args, may_alarm: bool, offices: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = [("", _("the government as a whole")), *offices.items()]
        kinds = [(Message.Kind.NEWS, _("News: in the daytime, not to those who said STOP"))]
        if may_alarm:
            kinds.append((Message.Kind.EMERGENCY, _("Emergency: at once, by night too, to everybody, before all other messages")))
        self.fields["kind"].choices = kinds
        self.fields["audiences"].choices = [
            (f"{audience.code}|{value}", f"{audience.title}: {label}" if value else str(audience.title))
            for audience in registry.audiences().values() for value, label in audience.choices()
        ]
        self.fields["regions"].choices = list(regions.home_region().children.order_by("code").values_list("code", "name"))

    def values(self) -> dict:
        """As the action wants them."""
        found = dict(self.cleaned_data)
        found["audiences"] = [one.split("|", 1) for one in found["audiences"]]
        return found


class TopicForm(forms.Form):
    """A topic that people can subscribe to."""

    word = forms.RegexField(
        r"^[A-Za-z0-9]{2,12}$", label=_("Word"),
        help_text=_("What people write by SMS: SUBSCRIBE and this word, such as BANJIR."),
        error_messages=dict.fromkeys(("required", "invalid"), _("Choose a word of 2 to 12 letters or digits, without blanks.")),
    )
    title_id = forms.CharField(
        label=_("Title in Indonesian"), max_length=80, error_messages={"required": _("Write a title in Indonesian.")}
    )
    title_en = forms.CharField(
        label=_("Title in English"), max_length=80, error_messages={"required": _("Write a title in English.")}
    )

    def clean_word(self) -> str:
        """In capital letters, and not there yet."""
        word = self.cleaned_data["word"].upper()
        if Topic.objects.filter(word=word).exists():
            raise forms.ValidationError(_("There is such a topic already."))
        if word in registry.sms_commands():
            raise forms.ValidationError(_("This word is a command of its own. Choose another."))
        return word

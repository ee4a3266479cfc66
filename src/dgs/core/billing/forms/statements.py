"""What is asked about statements: the file, and how a bank's CSV is read."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models import BankAccount, StatementMapping
from dgs.core.billing.statements import MAX_BYTES, ColumnChoice
from dgs.core.billing.statements.mapping import DELIMITERS, ENCODINGS, KINDS, table


class StatementForm(forms.Form):
    """A statement file and, where the file names none, its account."""

    file = forms.FileField(
        label=_("Statement file"),
        help_text=_("MT940, CAMT.053 or CSV as downloaded from the bank, at most 20 MB."),
        widget=forms.FileInput(attrs={"accept": ".sta,.mt940,.940,.txt,.xml,.053,.camt,.csv,text/csv,text/xml,text/plain"}),
        error_messages={"required": _("Please choose the file."), "empty": _("The file is empty.")},
    )
    account = forms.ModelChoiceField(
        label=_("Bank account"),
        queryset=BankAccount.objects.none(),
        required=False,
        empty_label=_("As the file says"),
        help_text=_("Only needed when the file does not name its account."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = BankAccount.objects.filter(is_active=True).order_by("bank", "number")

    def clean_file(self):
        """The file, refused above the bound before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(mb)s MB.") % {"mb": MAX_BYTES // 1024 // 1024})
        return file


class ExampleForm(forms.Form):
    """A CSV file of a bank whose columns are to be chosen."""

    file = forms.FileField(
        label=_("Example file"),
        help_text=_("A CSV statement as downloaded from the bank. Nothing of it is taken; only its first rows are shown."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        error_messages={"required": _("Please choose the file."), "empty": _("The file is empty.")},
    )

    def clean_file(self):
        """The file, refused above the bound before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(mb)s MB.") % {"mb": MAX_BYTES // 1024 // 1024})
        return file


class MappingForm(forms.Form):
    """Which column holds what; it has a field for each column that its example has under the delimiter that is chosen."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("For example the bank and the product: Bank Contoh, internet banking."),
        error_messages={"required": _("Please give it a name.")},
    )
    account = forms.ModelChoiceField(
        label=_("Bank account"), queryset=BankAccount.objects.none(), required=False, empty_label=_("Any account"),
        help_text=_("A file that names no account then belongs to this one."),
    )
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), choices=[
        (";", _("semicolon ;")), (",", _("comma ,")), ("tab", _("tab")), ("|", _("bar |")),
    ])
    encoding = forms.ChoiceField(label=_("Encoding"), choices=StatementMapping._meta.get_field("encoding").choices)
    skip_rows = forms.IntegerField(
        label=_("Rows above the first booking"), min_value=0, max_value=100,
        help_text=_("The last of them is the heading, by which such files are known again."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Please write a number from 0 to 100.")
        ),
    )
    date_format = forms.ChoiceField(label=_("Dates are written"), choices=StatementMapping._meta.get_field("date_format").choices)
    decimal_sign = forms.ChoiceField(
        label=_("Amounts are written"), required=False, choices=StatementMapping._meta.get_field("decimal_sign").choices
    )

    def __init__(self, *args, example: bytes, choice: ColumnChoice, **kwargs):
        super().__init__(*args, **kwargs)
        self.example, self.begun = example, choice
        self.fields["account"].queryset = BankAccount.objects.filter(is_active=True).order_by("bank", "number")
        for name, value in (
            ("delimiter", "tab" if choice.delimiter == "\t" else choice.delimiter), ("encoding", choice.encoding),
            ("skip_rows", choice.skip), ("date_format", choice.order), ("decimal_sign", choice.decimal),
        ):
            self.fields[name].initial = value
        self.rows = table(example, self.shown())
        kinds = {place: kind for kind, places in choice.columns.items() for place in places}
        for place in range(len(self.rows[0][1]) if self.rows else 0):
            seen = [row[place].strip() for _line, row in self.rows if row[place].strip()]
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=_("Column %(number)s") % {"number": place + 1}, required=False, initial=kinds.get(place, ""),
                choices=[("", _("not read")), *KINDS.items()], help_text=" · ".join(text[:40] for text in seen[-3:]),
            )

    def shown(self) -> ColumnChoice:
        """How the example is cut into columns: as was chosen last, or as it was guessed."""
        delimiter = self.data.get("delimiter", "").replace("tab", "\t") if self.is_bound else self.begun.delimiter
        encoding = self.data.get("encoding", "") if self.is_bound else self.begun.encoding
        return replace(
            self.begun, delimiter=delimiter if delimiter in DELIMITERS else self.begun.delimiter,
            encoding=encoding if encoding in ENCODINGS else self.begun.encoding,
        )

    def choice(self) -> ColumnChoice:
        """What was chosen, as the reader takes it; of a form that is valid, or of one not sent yet."""
        values = self.cleaned_data if self.is_bound else {name: field.initial for name, field in self.fields.items()}
        columns: dict[str, tuple[int, ...]] = {}
        for name, kind in values.items():
            if name.startswith("column_") and kind:
                columns[kind] = (*columns.get(kind, ()), int(name.removeprefix("column_")))
        account = values.get("account")
        return ColumnChoice(
            columns=columns, delimiter=values["delimiter"].replace("tab", "\t"), encoding=values["encoding"],
            order=values["date_format"], decimal=values["decimal_sign"] or "", skip=values["skip_rows"],
            account=account.number if account else "",
        )

"""The fields of government and occasions of life by which the catalogue is ordered; no service is named here."""

from django.utils.translation import gettext_lazy as _

# key -> (words, icon); definitions name keys of these under `sector` and `life_events`.
SECTORS = {
    "identity": (_("Civil documents"), "card"),
    "transport": (_("Transport and roads"), "bus"),
    "business": (_("Business permits"), "business"),
    "advertising": (_("Billboards and advertising"), "billboard"),
    "building": (_("Building and land"), "house"),
    "school": (_("School and learning"), "school"),
    "health": (_("Health"), "health"),
    "social": (_("Social help"), "users"),
    "work": (_("Work"), "user"),
    "environment": (_("Environment"), "leaf"),
    "tax": (_("Taxes and levies"), "money"),
    "government": (_("Your government"), "flag"),
}
LIFE_EVENTS = ("birth", "family", "identity", "business", "transport", "advertising", "building", "school", "health", "work",
               "environment", "death")

"""Applications by SMS: where one is, applying, reporting, deciding; each in its file."""

from dgs.core.cases.sms.applying import DAFTAR
from dgs.core.cases.sms.status import STATUS

COMMANDS = (STATUS, DAFTAR)

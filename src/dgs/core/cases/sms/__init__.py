"""Applications by SMS: where one is, applying, reporting, deciding; each in its file."""

from dgs.core.cases.sms.applying import DAFTAR
from dgs.core.cases.sms.deciding import SETUJU
from dgs.core.cases.sms.reporting import LAPOR
from dgs.core.cases.sms.status import STATUS

COMMANDS = (STATUS, DAFTAR, LAPOR, SETUJU)

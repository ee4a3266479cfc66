"""The care of the central register: own data, corrections by the offices that own an attribute; the records are parties'."""

"""The door of the catalogue: definitions, form cleaning, fees. (Signatures fixed first; see the reference.)"""

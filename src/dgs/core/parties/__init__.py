"""One record for each person, household and business, asked once; not who signs in."""

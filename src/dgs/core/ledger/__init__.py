"""The general ledger: accounts, entries, postings and closings in double entry; it knows neither bills nor banks."""

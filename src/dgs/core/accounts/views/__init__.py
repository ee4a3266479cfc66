"""The pages of accounts: entrance (allauth's and recovery), registration, profile, staff; each module one group."""

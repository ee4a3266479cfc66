"""People who sign in: registration, sign-in, invitations, tokens; not what they may do."""

"""Single sign-on for the offices' own applications: DGS as their OpenID provider; how people sign in to DGS is in accounts."""

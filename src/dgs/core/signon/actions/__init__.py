"""What changes registered applications, consents, sign-ons and signing keys."""

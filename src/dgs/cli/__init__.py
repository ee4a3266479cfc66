"""The launcher's verbs (demo, serve, test, ...); no rule of any office stands here."""

"""Records of releases, kept as files: what lies on a log must be read by every later program."""

"""The contexts, each as data in a module of its own; `schemas.catalogue` reads them all."""

"""All that overrides, wraps or reads private parts of Faust, mode, aiokafka and rocksdict.

`seams` says how each is listed. Others use the small public surface here, and public API.
"""

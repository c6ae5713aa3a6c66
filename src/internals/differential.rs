//! Readers held to their plain twins, for fuzz targets.

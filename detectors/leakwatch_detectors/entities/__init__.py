"""The detectors, one file each, and nothing else."""

"""A class on several machines: Dask `distributed` brings submissions to workers, and each has a sandbox of its own."""

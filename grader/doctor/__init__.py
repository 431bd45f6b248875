"""Proves a course sound: stubs fail, references pass, mistakes are named, kits hold no answer."""

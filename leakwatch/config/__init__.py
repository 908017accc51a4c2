"""Configuration: YAML files in, one frozen ``Config`` out, and every mistake named with file, line and key.

Imports nothing: a scan without a configuration file must not pay for the configuration model.
"""

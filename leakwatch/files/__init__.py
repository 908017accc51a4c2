"""Finding and following files: directory walks, inotify, watched paths, finished exports, growing logs."""
